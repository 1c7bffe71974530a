import Attacks
import Models
import Tensors
import Testing
import ThreatModel

/// An attack in the ring: how it plays, in which arena, and what its card promises.
struct ContractCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The name of the attack's type, which is that of its file.
    let type: String
    let card: AttackCard
    let arena: @Sendable () throws -> Arena
    /// The signal of the shadow pool that the attack reads.
    let signal: Signal?
    /// The queries that a game costs.
    let queries: Int
    /// Plays, and returns the evidence as numbers.
    let play: @Sendable (Model, QueryMeter, Knowledge) throws -> [Double]

    init<A: Attack>(
        _ attack: A, _ arena: @escaping @Sendable () throws -> Arena, signal: Signal? = nil, card: AttackCard = A.card,
        queries: Int? = nil, typeName: String? = nil,
        _ numbers: @escaping @Sendable (A.Evidence) throws -> [Double]
    ) {
        let family = signal.map { " on \($0.rawValue)" } ?? ""
        testDescription = card.id + family
        type = typeName ?? String(describing: A.self)
        self.card = card
        self.arena = arena
        self.signal = signal
        self.queries = queries ?? (card.queriesPerCandidate ?? 0) * Arena.candidateCount
        play = { model, meter, knowledge in
            try numbers(
                attack.run(
                    against: A.VictimAccess(to: Victim(model), meter: meter), knowing: knowledge,
                    random: RandomStream(seed: 77)))
        }
    }

    /// Exactly what the card says that the adversary needs.
    func declaredKnowledge() throws -> Knowledge {
        let arena = try arena()
        var knowledge = try arena.knowledge(needsShadows ? signal : nil)
        if !needsPopulation { knowledge.population = knowledge.population.slice(0..<0) }
        if !needsTrainer { knowledge.trainer = nil }
        return knowledge
    }

    var needsShadows: Bool { card.knowledge.contains("shadow pool") }
    var needsPopulation: Bool { card.knowledge.contains("population") }
    var needsTrainer: Bool { card.trainings != "none" && !needsShadows }
}

extension ContractCase {
    static func membership<A: MembershipAttack>(
        _ attack: A, _ arena: @escaping @Sendable () throws -> Arena, signal: Signal? = nil, card: AttackCard = A.card,
        queries: Int? = nil
    ) -> ContractCase {
        ContractCase(attack, arena, signal: signal, card: card, queries: queries) { $0.values }
    }

    /// A scorer of a signal, played through the scoring interface.
    static func signals<Scorer: SignalScorer>(
        _ scorer: Scorer, _ signal: Signal, _ arena: @escaping @Sendable () throws -> Arena
    ) -> ContractCase {
        let population = scorer.needs.contains(.population) ? Arena.populationCount : 0
        return ContractCase(
            SignalAttack<Scorer, Scores>(scorer, signal: signal), arena, signal: signal, card: Scorer.card,
            queries: Arena.candidateCount + population, typeName: String(describing: Scorer.self)
        ) { $0.values }
    }

    /// Attacks on any scalar signal: one line each.
    private static func scoring(_ signal: Signal, _ arena: @escaping @Sendable () throws -> Arena) -> [ContractCase] {
        [
            signals(LossThreshold(), signal, arena),
            signals(AttackP(), signal, arena),
            signals(AttackR(), signal, arena),
            signals(DifficultyCalibration(), signal, arena),
            signals(LiRA(), signal, arena),
            signals(OfflineLiRA(), signal, arena),
            signals(PooledGap(), signal, arena),
            signals(RMIA(), signal, arena),
            signals(OfflineRMIA(), signal, arena),
            signals(BASE(), signal, arena),
            signals(QuantileRegression(), signal, arena),
        ]
    }

    /// Attacks that score candidates: one line each.
    static let scorers =
        scoring(.reconstructionError, Arena.autoencoder) + scoring(.negativeELBO, Arena.variationalAutoencoder)
        + scoring(.tokenLoss, Arena.transformer) + classifierCases + generatorCases + textCases

    /// Attacks that return anything else: one line each.
    static let others = [
        ContractCase(
            AnswerDistillation(budgets: [40, 10], student: Arena.student), Arena.autoencoder, queries: 40,
            numbers(of:)),
        ContractCase(
            GeneratorDistillation(budget: 60, student: Arena.student), Arena.gan, queries: 60, numbers(of:)),
        ContractCase(
            DecoderInversion(auxiliary: 50, decoder: Arena.codeDecoder), Arena.autoencoder, queries: 250,
            numbers(of:)),
        ContractCase(
            LatentInversion(candidates: 4, steps: 5, restarts: 2), Arena.gan, queries: 40, numbers(of:)),
        ContractCase(
            CanaryExposure(canaries: Arena.windows.slice(0..<3), alternatives: Arena.windows.slice(200..<220)),
            Arena.transformer, queries: 23
        ) { $0.canaries + $0.alternatives },
        ContractCase(PrefixContinuation(candidates: 7, prefix: 5, length: 6), Arena.transformer, queries: 7) {
            $0.tokens.flatMap { $0.map(Double.init) }
        },
    ]

    static let all = scorers + others + theftCases + exactExtraction

    @Sendable static func numbers(of surrogates: [Surrogate]) throws -> [Double] {
        try surrogates.flatMap { surrogate in
            let arrays = try surrogate.model.checkpoint().arrays
            return [Double(surrogate.budget)] + arrays.keys.sorted().flatMap { arrays[$0]?.doubles ?? [] }
        }
    }

    @Sendable private static func numbers(of images: Reconstructions) -> [Double] {
        images.candidates.map(Double.init) + images.images.values.map(Double.init)
    }
}
