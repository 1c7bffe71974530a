import Auditing
import Statistics
import Testing

@testable import Experiments

@Suite("Relations")
struct RelationTests {
    private func row(_ id: String, _ value: Double, _ lower: Double, _ upper: Double) -> Finding {
        let point = { (target: Double, resolution: Resolution) in
            OperatingPoint(
                target: target, falsePositiveRate: target, threshold: 0,
                truePositiveRate: Estimate(0.3, Interval(lower: 0.2, upper: 0.4, confidence: 0.95)),
                resolution: resolution)
        }
        return Finding(
            id: id, victim: "v", family: "autoencoder", defence: "none", game: .membership, attack: "a", signal: "",
            membership: MembershipGrade(
                members: 5, nonMembers: 5, auc: Estimate(value, Interval(lower: lower, upper: upper, confidence: 0.95)),
                operatingPoints: [point(0.1, .fine), point(0.001, .notResolvable)], balancedAccuracy: 0.5),
            measures: [
                Measure(
                    name: "PSNR", value: 20, interval: Interval(lower: 19, upper: 21, confidence: 0.95), control: 15,
                    controlName: "class mean")
            ], queries: 0, trainings: 0,
            utility: utility, epsilon: nil, isControl: false, notes: [])
    }

    private let utility = Utility(
        metric: "loss", unit: "nats", training: 1, heldOut: 3, others: [Measure(name: "classes found", value: 7)])

    private func findings(isFallback: Bool = false) -> Findings {
        Findings(
            name: "x", seed: 0, spec: "", environment: [:],
            datasets: [
                DatasetFinding(
                    id: "d", checksum: "", records: 1, record: "r", licence: "", isFallback: isFallback)
            ],
            victims: [
                VictimFinding(
                    id: "v", family: "autoencoder", parameters: 1, trainingRecords: 1, steps: 1, defence: "none",
                    utility: utility, epsilon: EpsilonStatement(epsilon: 8, delta: 0.1, assumptions: [:]))
            ],
            rows: [row("high", 0.8, 0.75, 0.85), row("low", 0.6, 0.55, 0.7)], relations: [], assumptions: [])
    }

    private func outcome(_ relation: String, isGate: Bool = true, isFallback: Bool = false) throws
        -> RelationFinding.Outcome
    {
        let spec = try decodeStrictly(
            RelationSpec.self, from: "{statement: s, gate: \(isGate), \(relation)}", name: "test")
        let finding = spec.check(findings(isFallback: isFallback))
        #expect(finding.isGate == isGate && finding.statement == "s")
        return finding.outcome
    }

    @Test(
        "At least takes the lower end, at most the upper end of the interval",
        arguments: [
            ("atLeast: 0.75", RelationFinding.Outcome.held), ("atLeast: 0.76", .violated), ("atMost: 0.85", .held),
            ("atMost: 0.84", .violated), ("atLeast: 0.7, atMost: 0.9", .held), ("atLeast: 0.7, atMost: 0.8", .violated),
        ])
    func bounds(_ bound: String, _ expected: RelationFinding.Outcome) throws {
        #expect(try outcome("left: {row: high, measure: auc}, \(bound)") == expected)
    }

    @Test(
        "Exceeding compares the lower end with the other's upper end and the margin",
        arguments: [
            (0, RelationFinding.Outcome.held), (0.04, .held), (0.06, .violated),
        ])
    func exceeding(_ margin: Double, _ expected: RelationFinding.Outcome) throws {
        let relation = "exceeds: {row: low, measure: auc}, margin: \(margin)"
        #expect(try outcome("left: {row: high, measure: auc}, \(relation)") == expected)
    }

    @Test(
        "The interval of a mean of independent numbers is narrower than the mean of their intervals: squares add up",
        arguments: [
            // 0.7 − √(0.05² + 0.05²)/2 = 0.66464 and 0.7 + √(0.05² + 0.1²)/2 = 0.75590.
            ("atLeast: 0.6646", RelationFinding.Outcome.held), ("atLeast: 0.6647", .violated),
            ("atMost: 0.756", .held), ("atMost: 0.7558", .violated),
        ])
    func means(_ bound: String, _ expected: RelationFinding.Outcome) throws {
        #expect(try outcome("left: {rows: [high, low], measure: auc}, \(bound)") == expected)
    }

    @Test("The mean of one row is that row, and a mean of which a row is missing is missing")
    func meanOfOne() throws {
        #expect(try outcome("left: {rows: [high], measure: auc}, atLeast: 0.75, atMost: 0.85") == .held)
        #expect(try outcome("left: {rows: [high], measure: auc}, atLeast: 0.7501") == .violated)
        let missing = "left: {rows: [high, low, none], measure: auc}, atLeast: 0"
        #expect(try outcome(missing) == .violated)
        #expect(try outcome(missing, isGate: false) == .unchecked)
    }

    @Test(
        "A median is of the numbers, and its interval of the ends",
        arguments: [
            // Of 0.8 [0.75, 0.85], 0.6 [0.55, 0.7] and 0.8 again.
            ("rows: [high, low, high], measure: auc", "atLeast: 0.75, atMost: 0.85", RelationFinding.Outcome.held),
            ("rows: [high, low, high], measure: auc", "atLeast: 0.7501", .violated),
            ("rows: [high, low, high], measure: auc", "atMost: 0.8499", .violated),
            ("rows: [low, low, high], measure: auc", "atLeast: 0.55, atMost: 0.7", .held),
            ("victims: [v, v, v], measure: classes found", "atLeast: 7, atMost: 7", .held),
            ("victims: [v, v, v], measure: held-out", "atLeast: 3.1", .violated),
            ("victims: [v, v, none], measure: held-out", "atLeast: 0", .violated),
        ])
    func medians(_ quantity: String, _ bound: String, _ expected: RelationFinding.Outcome) throws {
        #expect(try outcome("left: {\(quantity), statistic: median}, \(bound)") == expected)
    }

    @Test("Of victims the mean is meant unless the median is asked for, and a statistic needs several")
    func statistics() throws {
        #expect(try outcome("left: {victims: [v, v], measure: epsilon}, atLeast: 8, atMost: 8") == .held)
        for wrong in [
            "row: high, statistic: median", "victim: v, statistic: mean", "victims: []", "row: high, victims: [v]",
        ] {
            #expect(throws: SpecError.self) { try outcome("left: {\(wrong), measure: auc}, atLeast: 0") }
        }
    }

    @Test(
        "The other number is multiplied first",
        arguments: [(1.05, RelationFinding.Outcome.held), (1.08, .violated), (0.5, .held)])
    func factor(_ factor: Double, _ expected: RelationFinding.Outcome) throws {
        let relation = "exceeds: {row: low, measure: auc}, factor: \(factor)"
        #expect(try outcome("left: {row: high, measure: auc}, \(relation)") == expected)
    }

    @Test(
        "With a negative margin a number may fall short by so much",
        arguments: [(-0.31, RelationFinding.Outcome.held), (-0.29, .violated)])
    func negativeMargin(_ margin: Double, _ expected: RelationFinding.Outcome) throws {
        let relation = "exceeds: {row: high, measure: auc}, margin: \(margin)"
        #expect(try outcome("left: {row: low, measure: auc}, \(relation)") == expected)
    }

    @Test(
        "An interval contains its ends, and nothing beyond",
        arguments: [
            (0.75, RelationFinding.Outcome.held), (0.85, .held), (0.8, .held), (0.749, .violated), (0.851, .violated),
        ])
    func contains(_ value: Double, _ expected: RelationFinding.Outcome) throws {
        #expect(try outcome("left: {row: high, measure: auc}, contains: \(value)") == expected)
    }

    @Test("Where intervals overlap, a reported claim is unresolved and a gate violated; the opposite is violated")
    func unresolved() throws {
        let overlapping = "left: {row: high, measure: auc}, exceeds: {row: low, measure: auc}, margin: 0.06"
        #expect(try outcome(overlapping, isGate: false) == .unresolved)
        #expect(try outcome(overlapping) == .violated)
        let opposite = "left: {row: low, measure: auc}, exceeds: {row: high, measure: auc}"
        #expect(try outcome(opposite, isGate: false) == .violated)
        #expect(try outcome(opposite) == .violated)
        let otherwise = "left: {row: high, measure: auc}, atLeast: 0.9, exceeds: {row: low, measure: auc}, margin: 0.06"
        #expect(try outcome(otherwise, isGate: false) == .violated, "what fails otherwise is not left open")
        #expect(try outcome("left: {row: high, measure: auc}, atLeast: 0.76", isGate: false) == .violated)
    }

    @Test("The line says what was compared, with intervals, and whether it is left open")
    func details() throws {
        func detail(_ relation: String) throws -> String {
            try decodeStrictly(RelationSpec.self, from: "{statement: s, gate: false, \(relation)}", name: "test")
                .check(findings()).detail
        }
        let relation =
            "left: {row: high, measure: auc}, exceeds: {rows: [low, low], measure: auc}, factor: 2, margin: 1"
        let line = try detail(relation)
        #expect(line.hasPrefix("auc of high = 0.8 [0.75, 0.85], above 2.0 times the mean auc of low and low = "))
        #expect(line.hasSuffix(" = 1.2 [1.129, 1.341] by 1.0"), "\(line)")
        #expect(
            try detail("left: {row: high, measure: auc}, exceeds: {row: low, measure: auc}, margin: 0.1")
                .hasSuffix("by 0.1, the intervals overlap, so this is not resolved"))
        #expect(
            try detail("left: {row: high, measure: PSNR}, contains: 20")
                == "PSNR of high = 20 [19, 21], its interval should hold 20.0")
    }

    @Test("Nothing exceeds itself")
    func itself() throws {
        #expect(try outcome("left: {row: high, measure: auc}, exceeds: {row: high, measure: auc}") == .violated)
        #expect(try outcome("left: {victim: v, measure: gap}, exceeds: {victim: v, measure: gap}") == .violated)
    }

    @Test(
        "Every kind of number can be asked for",
        arguments: [
            ("row: high, measure: tpr@0.1", 0.2), ("row: high, measure: PSNR", 19),
            ("row: high, measure: control of PSNR", 15), ("victim: v, measure: epsilon", 8),
            ("victim: v, measure: held-out", 3), ("victim: v, measure: training", 1), ("victim: v, measure: gap", 2),
            ("victim: v, measure: classes found", 7),
        ])
    func quantities(_ quantity: String, _ lower: Double) throws {
        #expect(try outcome("left: {\(quantity)}, atLeast: \(lower)") == .held)
        #expect(try outcome("left: {\(quantity)}, atLeast: \(lower + 0.01)") == .violated)
    }

    @Test("What is claimed for the full data only is unchecked on their stand-in")
    func fullData() throws {
        let relation = "left: {row: high, measure: auc}, atLeast: 0.99"
        #expect(try outcome("\(relation), fullData: true", isFallback: true) == .unchecked)
        #expect(try outcome("\(relation), fullData: true") == .violated)
        #expect(try outcome(relation, isFallback: true) == .violated)
    }

    @Test("A gate whose number nobody measured is violated, a reported claim is unchecked")
    func missing() throws {
        let relation = "left: {row: high, measure: acu}, atLeast: 0"
        #expect(try outcome(relation) == .violated)
        #expect(try outcome(relation, isGate: false) == .unchecked)
        let right = "left: {row: high, measure: auc}, exceeds: {victim: v, measure: acu}"
        #expect(try outcome(right) == .violated)
        #expect(try outcome(right, isGate: false) == .unchecked)
    }

    @Test("A rate that the non-members cannot resolve is unchecked, also in a gate")
    func notResolvable() throws {
        #expect(try outcome("left: {row: high, measure: tpr@0.001}, atLeast: 0") == .unchecked)
    }

    @Test("An interval is widened to a higher confidence on the logit scale")
    func widened() {
        let interval = Interval(lower: 0.5, upper: 0.5 + 1e-9, confidence: 0.95).widened(to: 0.95, around: 0.5)
        #expect(abs(interval.lower - 0.5) < 1e-12)
        // logit(0.6) lies 1.96 standard errors above 0; at 99.9 % the factor is 3.2905/1.95996.
        let wide = Interval(lower: 0.4, upper: 0.6, confidence: 0.95).widened(to: 0.999, around: 0.5)
        #expect(abs(wide.upper - 0.6639002) < 1e-5 && abs(wide.upper + wide.lower - 1) < 1e-12)
    }
}
