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
