import Attacks
public import ThreatModel

/// Every attack there is: one line each.
public enum AttackCatalogue {
    /// The cards, in the order in which they are printed.
    public static let cards: [AttackCard] = [
        LossThreshold.card,
        DifficultyCalibration.card,
        LiRA.card,
        LiRA.offlineCard,
        AttackP.card,
        AttackR.card,
        LOGAN.card,
        NearestSample.card,
        AnswerDistillation.card,
        GeneratorDistillation.card,
        DecoderInversion.card,
        LatentInversion.card,
        CanaryExposure.card,
        PrefixContinuation.card,
    ]

    /// The card of an identifier.
    public static func card(_ id: String) -> AttackCard? { cards.first { $0.id == id } }

    /// What to say of an identifier that is not in the catalogue.
    public static func unknown(_ id: String) -> String {
        let known = cards.map(\.id)
        let hint = nearestName(to: id, among: known).map { "; did you mean '\($0)'?" } ?? ""
        return "expected one of \(known.joined(separator: ", ")), found '\(id)'\(hint)"
    }

    static func needsShadows(_ id: String) -> Bool { card(id)?.trainings == "a shadow pool" }

    static func isMembership(_ id: String) -> Bool {
        cards.prefix { $0.id != AnswerDistillation.card.id }.contains { $0.id == id }
    }

    static func needsSignal(_ id: String) -> Bool {
        isMembership(id) && id != LOGAN.card.id && id != NearestSample.card.id
    }
}
