import Auditing
import Statistics
import Testing

@Suite struct RunComparisonTests {
    private let utility = Utility(metric: "loss", unit: "nats", training: 1, heldOut: 2)

    private func estimate(_ value: Double, _ half: Double) -> Estimate {
        Estimate(value, Interval(lower: value - half, upper: value + half, confidence: 0.95))
    }

    private func row(_ id: String, auc: Double, rate: Double, resolution: Resolution = .fine) -> Finding {
        let grade = MembershipGrade(
            members: 100, nonMembers: 100, auc: estimate(auc, 0.03),
            operatingPoints: [
                OperatingPoint(
                    target: 0.01, falsePositiveRate: 0.01, threshold: 1, truePositiveRate: estimate(rate, 0.04),
                    resolution: resolution)
            ], balancedAccuracy: 0.6)
        return Finding(
            id: id, victim: "vae", family: "vae", defence: "none", game: .membership, attack: "lira", signal: "",
            membership: grade, measures: [], queries: 1, trainings: 0, utility: utility, epsilon: nil, isControl: false,
            notes: [])
    }

    private func findings(_ rows: [Finding], seed: UInt64 = 1, environment: [String: String] = [:]) -> Findings {
        Findings(
            name: "a", seed: seed, spec: "ab", environment: environment, datasets: [], victims: [], rows: rows,
            relations: [], assumptions: [])
    }

    @Test(
        "Rows are matched by identifier, differences are second minus first with both widths, and apart means no overlap"
    )
    func matched() throws {
        let first = findings([row("a", auc: 0.6, rate: 0.1), row("b", auc: 0.5, rate: 0.2)])
        let second = findings([row("c", auc: 0.5, rate: 0.1), row("a", auc: 0.7, rate: 0.15)])
        let comparison = try RunComparison(first, second)
        #expect(comparison.rows.map(\.id) == ["a"])
        #expect(comparison.onlyInFirst == ["b"] && comparison.onlyInSecond == ["c"])
        let numbers = comparison.rows[0].numbers
        #expect(numbers.map(\.name) == ["AUC", "TPR @ 1 % FPR", "TPR @ 0.1 % FPR"])
        let area = try #require(numbers[0].difference)
        #expect(abs(area.value - 0.1) < 1e-12 && abs(area.interval.lower - (0.1 - 0.0018.squareRoot())) < 1e-12)
        #expect(numbers[0].isApart == true && numbers[1].isApart == false)
        #expect(numbers[2].first.value == nil && numbers[2].difference == nil && numbers[2].isApart == nil)
        #expect(comparison.conditions.isEmpty)
    }

    @Test("A rate that one run cannot resolve has neither a value nor a difference")
    func unresolved() throws {
        let comparison = try RunComparison(
            findings([row("a", auc: 0.6, rate: 0, resolution: .notResolvable)]),
            findings([row("a", auc: 0.6, rate: 0.3)]))
        let number = comparison.rows[0].numbers[1]
        #expect(number.first.value == nil && number.first.resolution == .notResolvable)
        #expect(number.second.value == 0.3 && number.difference == nil && number.isApart == nil)
    }

    @Test("Measures of other games are compared by name and unit")
    func measures() throws {
        func game(_ value: Double) -> Finding {
            var finding = row("m", auc: 0.5, rate: 0)
            finding.membership = nil
            finding.measures = [
                Measure(
                    name: "PSNR", value: value, unit: "dB",
                    interval: Interval(lower: value - 1, upper: value + 1, confidence: 0.95)),
                Measure(name: "count", value: value),
            ]
            return finding
        }
        let numbers = try RunComparison(findings([game(10)]), findings([game(14)])).rows[0].numbers
        #expect(numbers.map(\.name) == ["PSNR (dB)", "count"])
        #expect(numbers[0].difference?.value == 4 && numbers[0].isApart == true)
        #expect(numbers[1].first.value == 10 && numbers[1].second.value == 14 && numbers[1].difference == nil)
    }

    @Test("What differs in how the runs were made is listed, also what only one has")
    func conditions() throws {
        let comparison = try RunComparison(
            findings([], environment: ["blas": "Haswell", "march": "native"]),
            findings([], seed: 2, environment: ["blas": "Zen", "march": "native", "version": "2"]))
        #expect(comparison.conditions.map(\.name) == ["environment blas", "environment version", "seed"])
        #expect(comparison.conditions[1].first == nil && comparison.conditions[1].second == "2")
    }

    @Test("Two rows of one identifier are refused")
    func repeated() {
        let twice = findings([row("a", auc: 0.5, rate: 0), row("a", auc: 0.5, rate: 0)])
        #expect(throws: RunComparisonError.repeatedRow("a")) { try RunComparison(findings([]), twice) }
    }
}
