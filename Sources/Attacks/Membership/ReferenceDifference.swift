public import ThreatModel

/// Subtracts the log-likelihood of few reference models from the victim's: what an adversary does who has no pool.
///
/// - Source: Mireshghallah, Goyal, Uniyal, Berg-Kirkpatrick and Shokri, EMNLP 2022, with one reference.
/// - Deviation: the reference is a shadow that did not train on the record, so it differs by record, and not a
///   pretrained model. With as many references as there are OUT shadows it is ``DifficultyCalibration``.
public struct ReferenceDifference: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "reference-difference",
        summary: "The victim's log-likelihood of a text minus that of a model that never saw it.",
        paper: "Mireshghallah et al., EMNLP 2022", families: ["transformer"], access: "scores",
        knowledge: "candidates, shadow pool", queries: "1 per candidate", queriesPerCandidate: 1,
        trainings: "a shadow pool",
        deviations: "the reference is the first shadow that did not train on the record, not a pretrained model")

    /// The logarithm of the likelihood.
    public static let scale = SignalScale.logLikelihood
    /// The pool.
    public var needs: SignalNeeds { .shadows }

    /// How many references each record has.
    public var references: Int

    /// Creates the attack.
    public init(references: Int = 1) {
        precondition(references > 0, "\(references) references")
        self.references = references
    }
    /// Creates the attack with `models`, the number of references, 1 by default.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        references = try settings.integer("models", in: 1...10_000, default: 1)
    }

    /// Returns LL_target − mean of LL over the first shadows that are OUT, per record.
    ///
    /// - Throws: ``ThreatModelError`` when the arrays do not fit or a record has fewer OUT shadows than references.
    /// - Complexity: O(S·C).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let shadows = try table.requiredShadows(Self.card.id)
        var scores: [Double] = []
        for (record, value) in table.target.enumerated() {
            let out = shadows.values(of: record, whenMember: false)
            guard out.count >= references else {
                throw .tooFewShadows(
                    record: record, members: shadows.signals.count - out.count, nonMembers: out.count,
                    needed: references)
            }
            scores.append(value - out.prefix(references).reduce(0, +) / Double(references))
        }
        return scores
    }
}
