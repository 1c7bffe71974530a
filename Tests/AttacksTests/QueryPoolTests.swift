import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct QueryPoolTests {
    private func records(_ pool: QueryPool, _ knowledge: Knowledge, size: Int = 5, width: Int = 8) throws -> Records {
        try pool.records(knowledge, size: size, width: width, RandomStream(seed: 1), attack: "test")
    }

    @Test("Population and foreign records are given whole, noise is made to measure and fills the unit cube")
    func pools() throws {
        let arena = try TheftArena.shared()
        #expect(try records(.population, arena.knowledge()).count == 500)
        #expect(try records(.foreign, arena.knowledge()).requiredFeatures == arena.foreign.requiredFeatures)
        let noise = try records(.noise, arena.knowledge(), size: 300, width: 3)
        #expect(noise.requiredFeatures.shape == [300, 3] && noise.labels == nil)
        let values = noise.requiredFeatures.values
        #expect(values.allSatisfy { (0..<1).contains($0) })
        // Five standard deviations of the mean of 900 uniform numbers.
        let mean = values.reduce(0, +) / 900
        #expect(abs(mean - 0.5) < 0.048)
        #expect(
            try records(.noise, arena.knowledge(), size: 10, width: 3).requiredFeatures.values == Array(values[..<30]))
    }

    @Test("Too few records, none, texts and records of another width are told apart, each in one line")
    func refusals() throws {
        let arena = try TheftArena.shared()
        func line(_ pool: QueryPool, _ knowledge: Knowledge, size: Int = 5, width: Int = 8) -> String? {
            #expect(throws: ThreatModelError.self) { try records(pool, knowledge, size: size, width: width) }?
                .description
        }
        #expect(
            line(.population, arena.knowledge(), size: 501)
                == "test: expected 501 population records or more, found 500; lower 'budgets' or give more records")
        #expect(
            line(.foreign, arena.knowledge(), width: 9)
                == "test: expected foreign records of 9 numbers, which the student reads, found 8; "
                + "change the student or the records")
        var texts = arena.knowledge()
        texts.population = Records(tokens: [1, 2, 3, 4], window: 2)
        #expect(line(.population, texts)?.hasPrefix("test needs population records that are vectors") == true)
        texts.foreign = nil
        #expect(line(.foreign, texts)?.hasPrefix("test needs foreign records") == true)
    }
}
