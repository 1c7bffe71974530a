import Auditing
import Models
import Statistics
import Tensors
import ThreatModel

/// The baseline that never sees the victim: it says whether members and non-members can be told apart without any.
struct BlindStage: Sendable {
    /// The row beneath its victim's.
    static let id = "blind-baseline"

    let victim: ResolvedVictim

    func run(_ context: StageContext) throws {
        let baseline = BlindBaseline(secret: victim.membership)
        let scores = try baseline.scores(of: victim.split.candidates, random: victim.random["blind"])
        let game = MembershipGame(secret: victim.membership)
        let grade = try game.grade(scores)
        let notes = [
            "no attack: a bag-of-words classifier, cross-validated on the candidates and their secret, that asks the victim nothing"
        ]
        try context.write(
            "outcome.json",
            AttackOutcome(
                game: .membership, signal: "", membership: grade, measures: [], queries: 0, trainings: 0,
                notes: (BlindBaseline.warning(grade).map { [$0] } ?? []) + notes,
                roc: try game.curve(scores, name: Self.id), exhibits: []))
    }
}
