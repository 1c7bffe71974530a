import Foundation
import Statistics
public import ThreatModel

/// Ranks the victim's signal on a record among those of models that never saw it.
///
/// - Source: Ye, Maddi, Murakonda, Bindschaedler and Shokri, CCS 2022.
public struct AttackR: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "attack-r", summary: "The share of models that never saw the record and do worse on it.",
        paper: "Ye et al., CCS 2022",
        families: ["autoencoder", "variational-autoencoder", "gan", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations: "the references are the shadows that did not train on it; smoothing is off unless asked for")

    /// The signal as it is.
    public static let scale = SignalScale.natural
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// What lies between the references' values.
    public enum Smoothing: String, Codable, Sendable, CaseIterable {
        /// Nothing: the plain share, with about S/2 + 1 values and many ties.
        case none
        /// A straight line between neighbouring references, and exponential tails outside them.
        case linear
        /// The normal distribution of the references' mean and standard deviation.
        case gaussian
    }
    /// What lies between the references' values.
    public var smoothing: Smoothing

    /// Creates the attack.
    public init(smoothing: Smoothing = .none) { self.smoothing = smoothing }
    /// Creates the attack with `smoothing`: none, linear or gaussian.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        smoothing = try settings.choice("smoothing", default: Smoothing.none)
    }

    /// Returns the share of a record's OUT signals that lie strictly below the target's, smoothed.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit, a record has no OUT shadow, or a smoothed one fewer
    ///   than two.
    /// - Complexity: O(S·C), O(S log S·C) with linear smoothing.
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        var scores: [Double] = []
        for (record, value) in table.target.enumerated() {
            let out = try shadows.outValues(of: record)
            guard smoothing == .none || out.count > 1 else {
                throw .tooFewShadows(
                    record: record, members: shadows.signals.count - out.count, nonMembers: out.count, needed: 2)
            }
            scores.append(share(below: value, of: out))
        }
        return scores
    }

    private func share(below value: Double, of references: [Double]) -> Double {
        switch smoothing {
        case .none: return Double(references.count { $0 < value }) / Double(references.count)
        case .gaussian:
            let moments = Moments(of: references)
            return normalCDF((value - moments.mean) / max(moments.sampleStandardDeviation, .leastNormalMagnitude))
        case .linear: return Self.interpolatedShare(below: value, of: references.sorted())
        }
    }

    /// The distribution function through ((i + ½)/n, i-th smallest), with tails that go on at the mean spacing.
    private static func interpolatedShare(below value: Double, of sorted: [Double]) -> Double {
        let (count, last) = (Double(sorted.count), sorted.count - 1)
        let spacing = max((sorted[last] - sorted[0]) / Double(last), .leastNormalMagnitude)
        if value < sorted[0] { return 0.5 / count * exp((value - sorted[0]) / spacing) }
        if value >= sorted[last] { return 1 - 0.5 / count * exp((sorted[last] - value) / spacing) }
        let above = sorted.firstIndex { $0 > value } ?? last
        let (low, high) = (sorted[above - 1], sorted[above])
        return (Double(above) - 0.5 + (value - low) / (high - low)) / count
    }
}
