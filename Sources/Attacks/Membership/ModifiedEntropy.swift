import Foundation
public import Tensors
public import ThreatModel

/// Calls a record a member when the victim is sure of the right answer: an entropy that knows the label.
///
/// - Source: Song and Mittal, "Systematic evaluation of privacy risks of machine learning models", USENIX Security 2021.
/// - Deviation: the class-wise thresholds enter as a margin, so that the score stays continuous; the risk scores'
///   histograms have bins of equal mass.
public struct ModifiedEntropy: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "modified-entropy", summary: "Minus an entropy that is zero for a confident right answer only.",
        paper: "Song and Mittal, USENIX Security 2021", families: ["classifier"], access: "scores",
        knowledge: "candidates with labels; class-wise, answers of shadows", queries: "1 per candidate",
        queriesPerCandidate: 1,
        deviations: "thresholds of classes are subtracted instead of applied, and are off unless asked for")

    /// Whether a record's value is compared with its class's threshold, which the shadows' answers give.
    public var classwise: Bool

    /// Creates the attack.
    public init(classwise: Bool = false) { self.classwise = classwise }
    /// Creates the attack with `classwise`: true or false.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        classwise = try settings.flag("classwise", default: false)
    }

    /// Returns M = −(1 − p_y) ln p_y − Σ_{i≠y} pᵢ ln(1 − pᵢ) of each row.
    ///
    /// 1 − p is summed from the other classes, because Float rounds it away next to one; what is zero even so counts as
    /// the smallest Float, so that M is finite.
    /// - Shapes: probabilities [C, classes], labels [C]; values [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there is not one label of a known class per row.
    public static func values(of probabilities: Tensor, labels: [Int32]) throws(ThreatModelError) -> [Double] {
        let classes = probabilities.columns
        guard labels.count == probabilities.rows, labels.allSatisfy({ (0..<classes).contains(Int($0)) }) else {
            throw .mismatch(
                "\(labels.count) labels for probabilities [\(probabilities.rows), \(classes)]; expected one of "
                    + "0 to \(classes - 1) per row")
        }
        return labels.enumerated().map { value(of: probabilities.row($0).map(Double.init), label: Int($1)) }
    }

    private static func value(of probabilities: [Double], label: Int) -> Double {
        func logarithm(_ value: Double) -> Double { log(max(value, Double(Float.leastNonzeroMagnitude))) }
        let total = probabilities.reduce(0, +)
        // Mass beyond rounding that an answer leaves out, as a top-k answer does, belongs to none of its classes.
        let hidden = 1 - total > 1e-4 ? 1 - total : 0
        return probabilities.enumerated().reduce(0) { sum, entry in
            let (place, probability) = entry
            // At most one class has more than half: only there would a difference lose what is left.
            let others =
                probability > 0.5
                ? probabilities[..<place].reduce(hidden, +) + probabilities[(place + 1)...].reduce(0, +)
                : total + hidden - probability
            return sum - (place == label ? others * logarithm(probability) : probability * logarithm(others))
        }
    }

    /// Returns −M, or the margin τ_y − M to the class's threshold when there are shadows.
    ///
    /// - Shapes: probabilities [C, classes], labels [C], the shadows' answers [S][C, classes]; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the arrays do not fit.
    /// - Complexity: O(S·C·(classes + log(S·C))) with shadows.
    public static func scores(
        probabilities: Tensor, labels: [Int32], shadows: ShadowAnswers? = nil
    ) throws(ThreatModelError) -> [Double] {
        let values = try values(of: probabilities, labels: labels)
        guard let shadows else { return values.map { -$0 } }
        let pools = ShadowValues.byClass(labels, try self.values(of: shadows, labels: labels))
        let thresholds = pools.mapValues(\.threshold)
        let common = pools.values.reduce(ShadowValues()) { $0.joined(with: $1) }.threshold ?? 0
        return zip(values, labels).map { value, label in (thresholds[label].flatMap(\.self) ?? common) - value }
    }

    /// Returns the shadows' M on the candidates.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the arrays do not fit.
    public static func values(of shadows: ShadowAnswers, labels: [Int32]) throws(ThreatModelError) -> ShadowView {
        var signals: [[Double]] = []
        for answers in shadows.probabilities { signals.append(try values(of: answers, labels: labels)) }
        return try ShadowView(signals: signals, membership: shadows.membership)
    }

    /// Returns the privacy-risk score r = P(M | y, IN) / (P(M | y, IN) + P(M | y, OUT)) of each record: its probability
    /// of membership at even odds, from histograms of the shadows' values of its class.
    ///
    /// The bins of a class hold equal shares of its shadow values. A record in a bin without any, or of a class that the
    /// shadows saw from one side only, gets ½. ``ReliabilityDiagram`` says whether the scores are calibrated.
    /// - Shapes: values [C], labels [C], shadows [S, C] of the same candidates; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the arrays do not fit.
    /// - Complexity: O(S·C log(S·C)).
    public static func riskScores(
        values: [Double], labels: [Int32], shadows: ShadowView, bins: Int = 15
    ) throws(ThreatModelError) -> [Double] {
        precondition(bins > 0, "\(bins) bins")
        try shadows.check(values)
        guard labels.count == values.count else {
            throw .mismatch("\(labels.count) labels for \(values.count) values; both are one per candidate")
        }
        let histograms = ShadowValues.byClass(labels, shadows).mapValues { RiskHistogram($0, bins: bins) }
        return zip(values, labels).map { histograms[$1]?.risk(of: $0) ?? 0.5 }
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let labels = try knowledge.requiredLabels(Self.card.id)
        let shadows = classwise ? try knowledge.requiredShadowAnswers(Self.card.id) : nil
        let probabilities = try victim.classProbabilities(knowledge.candidates)
        return MembershipScores(try Self.scores(probabilities: probabilities, labels: labels, shadows: shadows))
    }
}

/// The shadows' values on records of one class, by whether the shadow saw the record.
private struct ShadowValues {
    var members: [Double] = []
    var others: [Double] = []

    static func byClass(_ labels: [Int32], _ shadows: ShadowView) -> [Int32: ShadowValues] {
        var pools: [Int32: ShadowValues] = [:]
        for (values, membership) in zip(shadows.signals, shadows.membership) {
            for (record, label) in labels.enumerated() {
                if membership[record] {
                    pools[label, default: ShadowValues()].members.append(values[record])
                } else {
                    pools[label, default: ShadowValues()].others.append(values[record])
                }
            }
        }
        return pools
    }

    func joined(with other: ShadowValues) -> ShadowValues {
        ShadowValues(members: members + other.members, others: others + other.others)
    }

    /// The value up to which "member" is right most often, both sides weighing the same; `nil` without both sides.
    var threshold: Double? {
        guard !members.isEmpty, !others.isEmpty else { return nil }
        let sorted = (members.map { ($0, true) } + others.map { ($0, false) }).sorted { $0.0 < $1.0 }
        // Whole numbers, so that equal values may come in any order.
        var (gain, best, threshold) = (0, Int.min, sorted[0].0)
        for (place, (value, isMember)) in sorted.enumerated() {
            gain += isMember ? others.count : -members.count
            let isLastOfEquals = place + 1 == sorted.count || sorted[place + 1].0 > value
            if isLastOfEquals, gain > best { (best, threshold) = (gain, value) }
        }
        return threshold
    }
}

/// How many of a class's values on either side lie in each bin.
private struct RiskHistogram {
    private let edges: [Double]
    private var members: [Int]
    private var others: [Int]

    init(_ values: ShadowValues, bins: Int) {
        let sorted = (values.members + values.others).sorted()
        edges = (1..<bins).map { sorted[min(sorted.count * $0 / bins, sorted.count - 1)] }
        (members, others) = ([Int](repeating: 0, count: bins), [Int](repeating: 0, count: bins))
        for value in values.members { members[edges.firstIndex(notBelow: value)] += 1 }
        for value in values.others { others[edges.firstIndex(notBelow: value)] += 1 }
    }

    func risk(of value: Double) -> Double {
        let (allMembers, allOthers) = (members.reduce(0, +), others.reduce(0, +))
        let bin = edges.firstIndex(notBelow: value)
        guard allMembers > 0, allOthers > 0, members[bin] + others[bin] > 0 else { return 0.5 }
        let inside = Double(members[bin]) / Double(allMembers)
        return inside / (inside + Double(others[bin]) / Double(allOthers))
    }
}
