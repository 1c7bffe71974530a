import Attacks
import Models
import Tensors
import Testing
import ThreatModel
import Training

/// A theft in the ring: how it plays, and what it reads from its settings.
struct TheftCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The name of the attack's type, which is that of its file.
    let type: String
    let card: AttackCard
    /// In ascending order.
    let budgets: [Int]
    let play: @Sendable (Model, QueryMeter, Knowledge) throws -> [Surrogate]
    /// Reads settings and leaves what they resolve to.
    let read: @Sendable (AttackSettings) throws -> AttackSettings
    /// Takes away what the attack asks about.
    let starve: @Sendable (inout Knowledge) -> Void
    /// By how much the student of the largest budget must agree with the victim more often than that of the smallest.
    let margin: Double

    init<A: TheftAttack>(
        _ name: String, _ settings: [String: AttackSettings.Value], margin: Double = 0.1, foreign: Bool = false,
        _ type: A.Type
    ) {
        testDescription = name
        (self.type, card, self.margin) = (String(describing: A.self), A.card, margin)
        let written: [String: AttackSettings.Value] = settings.merging(
            ["budgets": .numbers([200, 20, 60])]) { own, _ in own }
        budgets = [20, 60, 200]
        play = { model, meter, knowledge in
            var settings = AttackSettings(written)
            let attack = try A(&settings, student: TheftArena.student)
            try settings.finish(A.card.id)
            return try attack.run(
                against: A.VictimAccess(to: Victim(model), meter: meter), knowing: knowledge,
                random: RandomStream(seed: 77))
        }
        read = { given in
            var settings = given
            _ = try A(&settings, student: TheftArena.student)
            try settings.finish(A.card.id)
            return settings
        }
        starve = { knowledge in
            if foreign { knowledge.foreign = nil } else { knowledge.population = knowledge.population.slice(0..<0) }
        }
    }
}

extension TheftCase {
    private static func active(_ strategy: String, margin: Double = 0.1) -> TheftCase {
        TheftCase(
            "active-thief, \(strategy)", ["strategy": .word(strategy), "rounds": .number(3)], margin: margin,
            ActiveThief.self)
    }

    /// Thefts of classifiers: one line each.
    static let classifierThefts: [TheftCase] = [
        TheftCase("knock-off, random", [:], KnockOff.self),
        TheftCase("knock-off, labels", ["answers": .word("labels")], KnockOff.self),
        TheftCase("knock-off, adaptive", ["strategy": .word("adaptive"), "rounds": .number(3)], KnockOff.self),
        TheftCase("jacobian-augmentation", ["seed": .number(19), "reservoir": .number(20)], JacobianAugmentation.self),
        active("random"),
        active("entropy"),
        active("k-centre"),
        active("deepfool"),
        active("deepfool-k-centre"),
        TheftCase("copycat, foreign", [:], foreign: true, CopyCat.self),
        TheftCase("copycat, population", ["pool": .word("population")], CopyCat.self),
    ]

    static let all = classifierThefts
}
