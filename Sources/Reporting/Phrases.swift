import Auditing
import Foundation
import Statistics

/// The words and marks that the terminal table, the Markdown table and the HTML report share.
enum Phrases {
    /// What the marks in a membership table mean, a sentence each; plain text abbreviates two of them.
    static func legend(for findings: Findings, isAbbreviated: Bool = true) -> [String] {
        let (coarse, unresolvable) = isAbbreviated ? ("~ coarse", "n.r. not resolvable") : ("Coarse", "Not resolvable")
        return [
            intervals(in: findings), "\(coarse): fewer than ten false positives decide.",
            "\(unresolvable): not one non-member may be flagged, so nothing can be said.",
            "A control must be at chance, AUC ½.",
        ]
    }

    /// Returns "0.812 [0.790, 0.834]".
    static func auc(_ estimate: Estimate) -> String {
        let interval = estimate.interval
        let ends = "[\(Digits.fixed(interval.lower, 3)), \(Digits.fixed(interval.upper, 3))]"
        return "\(Digits.fixed(estimate.value, 3)) \(ends)"
    }

    /// Returns "~12.4 % [10.1, 15.0]", "n.r." when the rate can't be resolved, "–" when it was not asked for.
    static func rate(_ point: OperatingPoint?) -> String {
        guard let point else { return "–" }
        guard point.resolution != .notResolvable else { return "n.r." }
        return (point.resolution == .coarse ? "~" : "") + unmarkedRate(point)
    }

    /// Returns "12.4 % [10.1, 15.0]".
    static func unmarkedRate(_ point: OperatingPoint) -> String {
        share(point.truePositiveRate)
    }

    /// Returns a share of anything as "12.4 % [10.1, 15.0]".
    static func share(_ estimate: Estimate) -> String {
        let interval = estimate.interval
        let ends = "[\(Digits.percentNumber(interval.lower)), \(Digits.percentNumber(interval.upper))]"
        return "\(Digits.percent(estimate.value)) \(ends)"
    }

    /// Returns "1 % FPR", or "no false positive" for a false-positive rate of 0.
    static func falsePositives(_ target: Double) -> String {
        target == 0 ? "no false positive" : "\(Digits.short(target * 100)) % FPR"
    }

    /// Returns "2.35", "none" when the rates imply nothing, since a 0 would be read as a promise, and "–" without a bound.
    static func lowerBound(_ implied: ImpliedEpsilon?) -> String {
        guard let implied else { return "–" }
        return implied.lowerBound > 0 ? Digits.fixed(implied.lowerBound, 2) : "none"
    }

    /// What the columns of the second membership table mean.
    static let furtherLegend = [
        "no FP: the share of members above every non-member.",
        "PPV, 1 in 100: of the records named at 1 % FPR, the share of members when 1 in 100 candidates is one.",
        "Advantage: the largest TPR − FPR, chosen on the truth. ε ≥: what the rates imply, no audit.",
    ]

    /// Returns the measure with its interval and unit, such as "17.3 [16.9, 17.7] dB".
    static func value(of measure: Measure) -> String {
        var text = Digits.short(measure.value)
        if let interval = measure.interval {
            text += " [\(Digits.short(interval.lower)), \(Digits.short(interval.upper))]"
        }
        return measure.unit.isEmpty ? text : "\(text) \(measure.unit)"
    }

    /// Returns the control beside a measure, such as "12.1 (class mean)", or "–".
    static func control(of measure: Measure) -> String {
        guard let control = measure.control else { return "–" }
        let value = Digits.short(control)
        return measure.controlName.map { "\(value) (\($0))" } ?? value
    }

    /// Returns "3.98 (δ = 1e−5)" or "–".
    static func epsilon(_ statement: EpsilonStatement?) -> String {
        guard let statement else { return "–" }
        return "\(Digits.short(statement.epsilon)) (δ = \(Digits.short(statement.delta)))"
    }

    /// Returns training, held out and their gap with the same number of decimals.
    static func utility(_ utility: Utility) -> (training: String, heldOut: String, gap: String) {
        let decimals = Digits.decimals(for: [utility.training, utility.heldOut])
        let gap = utility.generalisationGap
        let sign = gap > 0 ? "+" : ""
        return (
            Digits.fixed(utility.training, decimals), Digits.fixed(utility.heldOut, decimals),
            sign + Digits.fixed(gap, decimals)
        )
    }

    /// Returns the attack with its signal, and the mark of a control.
    static func attack(_ row: Finding) -> String { name(of: row) + (row.isControl ? " (control)" : "") }

    /// The attack and its signal; behind a name of its own, when the row has one.
    static func name(of row: Finding) -> String {
        let attack = row.attack + (row.signal.isEmpty ? "" : " · \(row.signal)")
        return ownName(of: row).map { "\($0): \(attack)" } ?? attack
    }

    /// What a row is called beside its attack and signal; `nil` when nothing.
    static func ownName(of row: Finding) -> String? {
        let own = String(row.id.dropFirst(row.victim.count + 1))
        return own.isEmpty || own == row.attack || own == "\(row.attack)/\(row.signal)" ? nil : own
    }

    /// Returns what a metric measures and in which unit.
    static func metric(_ utility: Utility) -> String {
        utility.unit.isEmpty ? utility.metric : "\(utility.metric) (\(utility.unit))"
    }

    /// Returns the outcome of a relation in words.
    static func outcome(_ relation: RelationFinding) -> String {
        switch relation.outcome {
        case .held: "held"
        case .violated: relation.isGate ? "VIOLATED" : "not met"
        case .unchecked: "unchecked"
        case .unresolved: "not resolved"
        }
    }

    private static func intervals(in findings: Findings) -> String {
        let levels = Set(findings.rows.compactMap(\.membership?.auc.interval.confidence))
        guard levels.count == 1, let level = levels.first else { return "[ ] confidence intervals." }
        return "[ ] \(Digits.short(level * 100)) % intervals."
    }
}

extension MembershipGrade {
    /// Returns the operating point that was asked for at `target`.
    func point(at target: Double) -> OperatingPoint? {
        operatingPoints.first { abs($0.target - target) <= 1e-6 * target }
    }

    /// Returns what an accusation at `target` is worth when a share `prior` of the candidates are members.
    func predictiveValue(at target: Double, prior: Double) -> PredictiveValue? {
        point(at: target)?.predictiveValues?.first { abs($0.prior - prior) <= 1e-9 }
    }
}
