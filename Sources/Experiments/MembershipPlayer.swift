import Attacks
import Models
import Tensors
import ThreatModel

/// Makes a membership attack of the catalogue from its settings, opens the access that it declares, and lets it play.
struct MembershipPlayer {
    let entry: AttackCatalogue.Entry
    let settings: AttackSettings
    /// What it reads, when it reads a signal.
    let signal: Signal?

    /// The scores of the candidates that the knowledge names.
    ///
    /// - Throws: ``SpecError`` for an attack on another secret; what the attack throws.
    func scores(
        against model: Model, meter: QueryMeter, knowing knowledge: Knowledge, random: RandomStream
    ) throws -> MembershipScores {
        func play<A: MembershipAttack>(_ attack: A) throws -> MembershipScores {
            try attack.run(
                against: A.VictimAccess(to: Victim(model), meter: meter), knowing: knowledge, random: random)
        }
        // The threat model of a signal follows from who can measure it.
        func play(_ scorer: some SignalScorer) throws -> MembershipScores {
            guard let signal else { throw SpecError("\(entry.card.id): a signal is required, and missing") }
            switch signal.access {
            case .scores: return try play(SignalAttack<_, Scores>(scorer, signal: signal))
            case .samples: return try play(SignalAttack<_, SamplesOnly>(scorer, signal: signal))
            case .whiteBox: return try play(SignalAttack<_, WhiteBox>(scorer, signal: signal))
            }
        }
        var settings = settings
        switch entry.kind {
        case .signals(let type): return try play(type.init(&settings))
        case .membership(let type): return try play(type.init(&settings))
        case .game, .theft, .lastLayer, .exact: throw SpecError("\(entry.card.id) is no membership attack")
        }
    }
}
