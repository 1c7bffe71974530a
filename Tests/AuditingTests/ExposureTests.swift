import Auditing
import Foundation
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@Suite struct ExposureTests {
    /// The goldens of the attacks, which hold those of exposure too.
    private func golden(_ name: String) throws -> Safetensors {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../AttacksTests/Golden")
        return try Safetensors(decoding: try Data(contentsOf: folder.appending(path: name)))
    }

    @Test("Rank, exact and sampled exposure are those of the reference")
    func reference() throws {
        let (inputs, outputs) = (try golden("inputs.safetensors"), try golden("outputs.safetensors"))
        let space = try inputs.array("exposure_losses").doubles
        let sample = try inputs.array("exposure_sample").doubles
        for (index, loss) in try inputs.array("exposure_canaries").doubles.enumerated() {
            let rank = Exposure.rank(of: loss, among: space)
            #expect(Double(rank) == (try outputs.array("exposure_rank").doubles[index]))
            let exact = Exposure.exact(rank: rank, spaceSize: space.count)
            #expect(abs(exact - (try outputs.array("exposure_exact").doubles[index])) < 1e-12)
            let sampled = Exposure.sampled(loss, alternatives: sample)
            #expect(abs(sampled - (try outputs.array("exposure_sampled").doubles[index])) < 1e-12)
        }
    }

    @Test("Secrets that were not planted have 1/ln 2 bits in the mean: 4,000 uniform losses, five deviations")
    func null() {
        let random = RandomStream(seed: 11)
        let alternatives = random["alternatives"].uniforms(2047).map(Double.init)
        func meanExposure(_ factor: Double) -> Double {
            let losses = random["canaries"].uniforms(4000).map { Double($0) * factor }
            return losses.reduce(0) { $0 + Exposure.sampled($1, alternatives: alternatives) } / 4000
        }
        // The deviation of one exposure is 1/ln 2 too.
        let expected = 1 / log(2.0)
        let bound = 5 * expected / 4000.0.squareRoot()
        #expect(abs(meanExposure(1) - expected) < bound)
        // Negative control: losses that are lower by three tenths are seen.
        #expect(meanExposure(0.7) > expected + bound)
    }
}

@Suite struct MemorisationGameTests {
    private let candidates = Records(tokens: [1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1, 1], window: 4)

    @Test("Exposures are averaged by the number of insertions")
    func levels() throws {
        let game = MemorisationGame(insertions: [0, 0, 5, 5], candidates: candidates, secret: [true, false, true])
        let levels = try game.exposures(CanaryLosses(canaries: [2.5, 3.5, 0, 0], alternatives: [1, 2, 3]))
        #expect(levels.map(\.insertions) == [0, 5])
        // Ranks 3 and 4 of 4, then twice the first of 4.
        #expect(abs(levels[0].exposure.value - (2 - log2(3) + 0) / 2) < 1e-12)
        #expect(levels[1].exposure.value == 2)
    }

    @Test("A continuation counts up to its first miss, members apart from non-members")
    func continuations() {
        let game = MemorisationGame(insertions: [], candidates: candidates, secret: [true, false, true])
        let evidence = TextContinuations(candidates: [0, 1, 2], prefix: 2, tokens: [[3, 4], [7, 9], [9, 1]])
        let measures = game.grade(evidence)
        #expect(measures[0].value == 1 && measures[0].control == 1)
        #expect(measures[1].value == 0.5 && measures[1].control == 0)
    }
}
