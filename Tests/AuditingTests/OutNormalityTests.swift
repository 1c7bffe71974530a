import Auditing
import Statistics
import Tensors
import Testing

@Suite struct OutNormalityTests {
    private let random = RandomStream(seed: 12)

    private func outcome(_ signal: (Double) -> Double, models: Int = 50, records: Int = 60) throws -> OutNormality {
        let membership = (0..<models).map { random["coin"][$0].coinFlips(records) }
        let signals = (0..<models).map { model in
            (0..<records).map { record in
                // What a model does with its members must not matter.
                membership[model][record] ? 1e6 : signal(random["signal"][model].uniform(record))
            }
        }
        return try OutNormality(signals: signals, membership: membership)
    }

    @Test(
        "Normal signals pass at the level, halves of them and those with outliers hardly do, whatever the members' signals are"
    )
    func levels() throws {
        let normal = try outcome { normalQuantile(min(max($0, 1e-9), 1 - 1e-9)) }
        let share = try #require(normal.normal)
        // 57 of 60 are expected; below 51 is three standard deviations and a half away.
        #expect(normal.tested + normal.skipped == 60 && normal.tested > 50)
        #expect(share.value * Double(normal.tested) >= Double(normal.tested) - 9)
        let halves = try outcome { -normalQuantile(min(max($0 / 2, 1e-9), 0.5)) * 5 }
        let skewed = try #require(halves.normal)
        let outliers = try outcome { $0 < 0.02 ? 50 : $0 }
        let outlying = try #require(outliers.normal)
        #expect(skewed.value < 0.8 && outlying.value < 0.6)
        #expect(skewed.interval.confidence == 0.95)
    }

    @Test("Fewer than twenty models without a record test nothing")
    func few() throws {
        let few = try outcome({ $0 }, models: 19, records: 5)
        #expect(few.tested == 0 && few.skipped == 5 && few.normal == nil)
        let signals = (0..<20).map { [normalQuantile((Double($0) + 0.5) / 20)] }
        let exactly = try OutNormality(signals: signals, membership: [[Bool]](repeating: [false], count: 20))
        #expect(exactly.tested == 1 && exactly.normal?.value == 1)
    }

    @Test("Signals that are all equal do not pass")
    func constant() throws {
        let outcome = try OutNormality(
            signals: [[Double]](repeating: [1], count: 30), membership: [[Bool]](repeating: [false], count: 30))
        #expect(outcome.tested == 1 && outcome.normal?.value == 0)
    }
}
