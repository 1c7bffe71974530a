import Attacks
import Auditing
import Models
import Statistics
import Tensors
import ThreatModel

/// A scorer of signals on every shadow in turn, attacked with all others: many targets for one training bill.
struct PoolAttack {
    let attack: AttackSpec
    let victim: ResolvedVictim
    let pool: ShadowPool

    func outcome() throws -> AttackOutcome {
        guard case .signals(let type) = attack.entry.kind else {
            throw SpecError("\(attack.attack): leave-one-out targets need an attack on signals")
        }
        var settings = attack.settings
        return try outcome(type.init(&settings))
    }

    private func outcome(_ scorer: some SignalScorer) throws -> AttackOutcome {
        let player = SignalAttack<_, Scores>(scorer, signal: try attack.requiredSignal())
        var (scores, secrets) = ([[Double]](), [[Bool]]())
        for index in 0..<pool.count {
            let (signal, population, secret, others) = try pool.target(index)
            let knowledge = Knowledge(
                candidates: victim.split.candidates, population: victim.split.population,
                shadows: others.limited(attack))
            scores.append(try player.run(on: signal, population: population, knowing: knowledge).values)
            secrets.append(secret)
        }
        fatalError("graded by the game of leave-one-out targets: \(scores.count) \(secrets.count)")
    }
}
