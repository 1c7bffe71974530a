import Models
public import Tensors
public import ThreatModel

/// Counts how many noisy copies of a record the victim still classifies correctly: a cheap stand-in for the distance to
/// the decision boundary.
///
/// - Source: Choquette-Choo, Tramèr, Carlini and Papernot, "Label-only membership inference attacks", ICML 2021.
/// - Deviation: the deviation of the noise is a setting; the paper tunes it on a shadow model, and a pool keeps its
///   answers to the candidates, not to noisy copies of them.
public struct NoiseRobustness: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "boundary-noise", summary: "The share of noisy copies of a record that the victim classifies correctly.",
        paper: "Choquette-Choo et al., ICML 2021", families: ["classifier"], access: "labels",
        knowledge: "candidates with labels", queries: "a fixed number of copies per candidate, 100 by default",
        deviations: "the noise's deviation is a setting, not tuned on a shadow")

    /// The number of copies of each record.
    public var copies: Int
    /// The standard deviation of the noise, in the units of the features.
    public var sigma: Float
    /// Whether noisy features are moved back into [0, 1].
    public var clip: Bool

    /// Creates the attack.
    public init(copies: Int = 100, sigma: Float = 0.1, clip: Bool = true) {
        precondition(copies > 0 && sigma > 0, "\(copies) copies with noise of \(sigma)")
        (self.copies, self.sigma, self.clip) = (copies, sigma, clip)
    }
    /// Creates the attack with `copies`, `sigma` and `clip`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        copies = try settings.integer("copies", in: 1...1_000_000, default: 100)
        sigma = Float(try settings.number("sigma", in: 1e-6...1e6, default: 0.1))
        clip = try settings.flag("clip", default: true)
    }

    /// Returns the share of copies whose predicted class is the record's.
    ///
    /// - Shapes: predicted [copies][C], labels [C]; scores [C], in [0, 1].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` without copies or when the counts differ.
    public static func scores(predicted: [[Int32]], labels: [Int32]) throws(ThreatModelError) -> [Double] {
        guard !predicted.isEmpty else { throw .mismatch("predictions of 0 copies; at least one is needed") }
        return try correctViews(predicted, labels).map { Double($0) / Double(predicted.count) }
    }

    /// Plays against the victim.
    ///
    /// All candidates get the same draws, so a score does not depend on a candidate's place.
    public func run(against victim: LabelsOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let labels = try knowledge.requiredLabels(Self.card.id)
        let features = try knowledge.requiredFeatures(Self.card.id)
        let predicted = try (0..<copies).map { copy in
            let noise = random["noise"][copy].normalTensor([1, features.columns], deviation: sigma)
            var noisy = features + noise.gatherRows([Int](repeating: 0, count: features.rows))
            if clip { noisy.clamp(0, 1) }
            return try victim.labels(Records(features: noisy))
        }
        return MembershipScores(try Self.scores(predicted: predicted, labels: labels))
    }
}

/// Returns in how many views each record is classified correctly.
///
/// - Shapes: predicted [views][C], labels [C]; counts [C].
/// - Throws: ``ThreatModelError/mismatch(_:)`` when the counts differ.
func correctViews(_ predicted: [[Int32]], _ labels: [Int32]) throws(ThreatModelError) -> [Int] {
    var counts = [Int](repeating: 0, count: labels.count)
    for view in predicted {
        guard view.count == labels.count else {
            throw .mismatch("\(view.count) predictions for \(labels.count) labels; both are one per candidate")
        }
        for record in labels.indices where view[record] == labels[record] { counts[record] += 1 }
    }
    return counts
}
