import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct PartialBlackBoxTests {
    private func scores(_ attack: PartialBlackBox, _ candidates: Tensor) throws -> [Double] {
        let arena = try Arena.gan()
        var knowledge = try arena.knowledge(nil)
        knowledge.candidates = Records(features: candidates)
        return try attack.run(
            against: LatentQueries(to: Victim(arena.victim), meter: QueryMeter()), knowing: knowledge,
            random: RandomStream(seed: 4)
        ).values
    }

    @Test("Images that the generator can draw are found again, better than by samples alone")
    func recovers() throws {
        let drawn = try SamplesOnly(to: Victim(Arena.gan().victim), meter: QueryMeter())
            .samples(10, RandomStream(seed: 50))
        let few = try scores(PartialBlackBox(samples: 100, evaluations: 1), drawn)
        let many = try scores(PartialBlackBox(samples: 100, evaluations: 400), drawn)
        #expect(zip(few, many).allSatisfy { $0 < $1 })
        #expect(-many.reduce(0, +) < -0.1 * few.reduce(0, +))
    }

    @Test("A reference generator's distances are taken off")
    func calibrated() throws {
        #expect(try PartialBlackBox.scores(distances: [3, 1]) == [-3, -1])
        #expect(try PartialBlackBox.scores(distances: [3, 1], reference: [5, 0]) == [2, -1])
        #expect(throws: ThreatModelError.self) { try PartialBlackBox.scores(distances: [3, 1], reference: [5]) }
    }

    @Test("Settings have ranges and defaults")
    func settings() throws {
        var settings = AttackSettings(["evaluations": .number(50), "calibrated": .flag(true)])
        let attack = try PartialBlackBox(&settings)
        #expect(attack.samples == 1000 && attack.evaluations == 50 && attack.calibrated && attack.deviation == 0.3)
        var bad = AttackSettings(["deviation": .number(0)])
        #expect(throws: AttackSettingsError.self) { try PartialBlackBox(&bad) }
    }
}
