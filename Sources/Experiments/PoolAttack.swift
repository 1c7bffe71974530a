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

    /// The scores of every target's candidates, and the targets' secrets.
    func scores() throws -> (scores: [MembershipScores], secrets: [[Bool]]) {
        guard case .signals(let type) = attack.entry.kind else {
            throw SpecError("\(attack.attack): leave-one-out targets need an attack on signals")
        }
        var settings = attack.settings
        return try scores(type.init(&settings))
    }

    private func scores(_ scorer: some SignalScorer) throws -> (scores: [MembershipScores], secrets: [[Bool]]) {
        let player = SignalAttack<_, WhiteBox>(scorer, signal: try attack.requiredSignal())
        var (scores, secrets) = ([MembershipScores](), [[Bool]]())
        for index in 0..<pool.count {
            let target = try pool.target(index)
            let knowledge = Knowledge(
                candidates: victim.split.candidates, population: victim.split.population,
                shadows: target.others.limited(attack))
            scores.append(try player.run(on: target.signal, population: target.population, knowing: knowledge))
            secrets.append(target.secret)
        }
        return (scores, secrets)
    }

    func outcome() throws -> AttackOutcome {
        let (scores, secrets) = try scores()
        let grade = try LeaveOneOutGame(secrets: secrets).grade(scores)
        let name = attack.id
        let all = MembershipGame(secret: secrets.flatMap(\.self))
        let curve = try all.curve(MembershipScores(scores.flatMap(\.values)), name: name)
        return AttackOutcome(
            game: .membership, signal: attack.signal?.rawValue ?? "", membership: grade.pooled,
            measures: Self.measures(grade) + (try agreement(scores, secrets)),
            queries: pool.count * (victim.split.candidates.count + (try populationCount())), trainings: pool.count - 1,
            notes: [
                "\(pool.count) leave-one-out targets; intervals are Student's with the jackknife over targets",
                "trainings are per target: the pool is trained once for all of them",
            ] + (attack.entry.card.deviations.isEmpty ? [] : [attack.entry.card.deviations]), roc: curve, exhibits: [])
    }

    /// The population records that each target is asked about.
    private func populationCount() throws -> Int {
        guard case .signals(let type) = attack.entry.kind else { return 0 }
        var settings = attack.settings
        return try type.init(&settings).needs.contains(.population) ? victim.split.population.count : 0
    }

    /// What the targets say one by one, and with thresholds that the others calibrated.
    private static func measures(_ grade: LeaveOneOutGrade) -> [Measure] {
        var measures = [
            Measure(name: "mean AUC of targets", value: grade.meanAUC.value, interval: grade.meanAUC.interval)
        ]
        for transfer in grade.transfers where transfer.target >= 0.001 && transfer.resolution != .notResolvable {
            let rate = percent(transfer.target)
            measures += [
                Measure(
                    name: "TPR at shadow-calibrated \(rate)", value: transfer.truePositiveRate.value,
                    interval: transfer.truePositiveRate.interval),
                Measure(
                    name: "FPR at shadow-calibrated \(rate)", value: transfer.falsePositiveRate.value,
                    interval: transfer.falsePositiveRate.interval),
            ]
        }
        return measures
    }

    /// Whether two targets expose the same records: over disjoint pairs of targets, of the members of both.
    private func agreement(_ scores: [MembershipScores], _ secrets: [[Bool]]) throws -> [Measure] {
        var (both, either) = (0, 0)
        for first in stride(from: 0, to: scores.count - 1, by: 2) {
            let pair = [first, first + 1]
            let found = try Vulnerability(
                scores: pair.map { scores[$0].values }, isMember: pair.map { secrets[$0] }, atFalsePositiveRate: 0.01)
            both += found.intersection
            either += found.union
        }
        guard either > 0 else { return [] }
        return [
            Measure(
                name: "members flagged at 1 % by both of two targets", value: Double(both) / Double(either),
                unit: "of those flagged by either",
                interval: .clopperPearson(successes: both, trials: either, confidence: 0.95))
        ]
    }

    private static func percent(_ rate: Double) -> String {
        let value = rate * 100
        return value == value.rounded() ? "\(Int(value)) %" : "\(value) %"
    }
}
