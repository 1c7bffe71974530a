import Attacks
import Models
public import ThreatModel
import Training

/// Every attack there is: one line each.
public enum AttackCatalogue {
    /// How an attack is made and played.
    enum Kind {
        /// A function of signals, which any access that measures them can play, and leave-one-out targets too.
        case signals(any SignalScorer.Type)
        /// A membership attack with an access of its own.
        case membership(any MembershipAttack.Type)
        /// An attack that steals a model through an interface.
        case theft(any TheftAttack.Type)
        /// An attack that reads a language model's last layer through an interface.
        case lastLayer(any LastLayerAttack.Type)
        /// An attack that rebuilds a network of one hidden layer from exact logits.
        case exact
        /// An attack on another secret than membership, whose game the stage builds.
        case game
    }
    struct Entry {
        let card: AttackCard
        let kind: Kind
        /// How a file of another framework is scored, where that needs more than signals and no model.
        var foreign: (any ForeignScorer.Type)?

        static func signals<Scorer: SignalScorer>(_ type: Scorer.Type) -> Entry {
            Entry(card: type.card, kind: .signals(type))
        }
        static func membership<Attack: MembershipAttack>(_ type: Attack.Type) -> Entry {
            Entry(card: type.card, kind: .membership(type))
        }
        static func membership<Attack: ForeignScorer>(_ type: Attack.Type) -> Entry {
            Entry(card: type.card, kind: .membership(type), foreign: type)
        }
        static func theft<Attack: TheftAttack>(_ type: Attack.Type) -> Entry {
            Entry(card: type.card, kind: .theft(type))
        }
        static func lastLayer<Attack: LastLayerAttack>(_ type: Attack.Type) -> Entry {
            Entry(card: type.card, kind: .lastLayer(type))
        }
        static func exact<Attack: ThreatModel.Attack>(_ type: Attack.Type) -> Entry {
            Entry(card: type.card, kind: .exact)
        }
        static func game<Attack: ThreatModel.Attack>(_ type: Attack.Type) -> Entry {
            Entry(card: type.card, kind: .game)
        }
    }

    /// In the order in which they are printed.
    static let entries: [Entry] = [
        .signals(LossThreshold.self),
        .signals(DifficultyCalibration.self),
        .signals(AttackP.self),
        .signals(AttackR.self),
        .signals(LiRA.self),
        .signals(OfflineLiRA.self),
        .signals(PooledGap.self),
        .signals(RMIA.self),
        .signals(OfflineRMIA.self),
        .signals(BASE.self),
        .signals(QuantileRegression.self),
        .membership(Correctness.self),
        .membership(PredictionEntropy.self),
        .membership(ModifiedEntropy.self),
        .membership(ShadowClassifier.self),
        .membership(MLLeaks1.self),
        .membership(MLLeaks2.self),
        .membership(MLLeaks3.self),
        .membership(BoundaryDistance.self),
        .membership(NoiseRobustness.self),
        .membership(AugmentationAttack.self),
        .membership(GradientNorm.self),
        .membership(LOGAN.self),
        .membership(LOGANBlackBox.self),
        .membership(NearestSample.self),
        .membership(PartialBlackBox.self),
        .membership(LatentSearch.self),
        .membership(MonteCarlo.self),
        .membership(ReconstructionAttack.self),
        .membership(DOMIAS.self),
        .signals(ReferenceRatio.self),
        .signals(ReferenceDifference.self),
        .membership(ZlibRatio.self),
        .membership(LowercaseRatio.self),
        .membership(MinK.self),
        .membership(MinKPlusPlus.self),
        .membership(Neighbourhood.self),
        .membership(ReCaLL.self),
        .game(AnswerDistillation.self),
        .game(GeneratorDistillation.self),
        .theft(KnockOff.self),
        .theft(JacobianAugmentation.self),
        .theft(ActiveThief.self),
        .theft(CopyCat.self),
        .theft(EquationSolving.self),
        .exact(FunctionallyEquivalent.self),
        .theft(GeneratorTheft.self),
        .theft(GuidedGeneratorTheft.self),
        .theft(EncoderTheft.self),
        .theft(SequenceTheft.self),
        .theft(TokenTheft.self),
        .lastLayer(LogitSVD.self),
        .lastLayer(BiasedLogitSVD.self),
        .lastLayer(LabelLogitSVD.self),
        .game(DecoderInversion.self),
        .game(LatentInversion.self),
        .game(CanaryExposure.self),
        .game(PrefixContinuation.self),
    ]

    /// The cards, in the order in which they are printed.
    public static let cards: [AttackCard] = entries.map(\.card)

    /// The card of an identifier.
    public static func card(_ id: String) -> AttackCard? { entry(id)?.card }

    static func entry(_ id: String) -> Entry? { entries.first { $0.card.id == id } }

    /// What to say of an identifier that is not in the catalogue.
    public static func unknown(_ id: String) -> String {
        let known = cards.map(\.id)
        let hint = nearestName(to: id, among: known).map { "; did you mean '\($0)'?" } ?? ""
        return "expected one of \(known.joined(separator: ", ")), found '\(id)'\(hint)"
    }
}

extension AttackCatalogue.Entry {
    var needsShadows: Bool { card.knowledge.contains("shadow") }

    /// Whether it needs neither a pool nor a training of its own, so that it can play against any single model.
    var standsAlone: Bool { isMembership && !needsShadows && card.trainings == "none" }

    var isMembership: Bool {
        switch kind {
        case .game, .theft, .lastLayer, .exact: false
        case .signals, .membership: true
        }
    }

    /// Whether it trains students on what an interface answers.
    var isTheft: Bool {
        if case .theft = kind { true } else { false }
    }

    /// What it asks an interface for, which a spec may describe; `nil` where it needs more than an interface.
    var operation: ThreatModel.Operation? {
        func served<Attack: ThreatModel.Attack>(_ type: Attack.Type) -> ThreatModel.Operation? {
            Attack.VictimAccess.served
        }
        return switch kind {
        case .theft(let type): served(type)
        case .lastLayer(let type): served(type)
        case .signals, .membership, .exact, .game: nil
        }
    }

    var readsSignal: Bool {
        if case .signals = kind { true } else { false }
    }

    /// Whether `penumbra score` knows it.
    var scoresFiles: Bool { readsSignal || foreign != nil }

    /// Whether the spec may say what it trains, and how.
    var trainsOwn: Bool {
        isTheft
            || [AnswerDistillation.card.id, GeneratorDistillation.card.id, DecoderInversion.card.id].contains(card.id)
    }

    /// Checks settings by making the attack.
    func check(_ settings: AttackSettings) throws(AttackSettingsError) {
        var settings = settings
        switch kind {
        case .signals(let type): _ = try type.init(&settings)
        case .membership(let type): _ = try type.init(&settings)
        case .theft(let type): _ = try type.init(&settings, student: .placeholder)
        case .lastLayer(let type): _ = try type.init(&settings)
        case .exact: _ = try FunctionallyEquivalent(&settings)
        case .game: _ = try GameSettings(card.id, &settings)
        }
        try settings.finish(card.id)
    }
}

extension Recipe {
    /// A recipe with which settings can be read before the student is known.
    static let placeholder = Recipe(
        .classifier(Classifier(inputs: 1, hidden: [], classes: 2)), epochs: 1, batchSize: 1, optimiser: .sgd(rate: 1))
}

/// The settings of the attacks on other secrets than membership.
struct GameSettings: Sendable {
    /// Numbers of queries of a student.
    var budgets = [1000]
    /// Samples of a second generator.
    var samples = 5000
    /// Population records that are encoded.
    var auxiliary = 1000
    /// How many candidates are taken.
    var candidates = 512
    /// Steps of an optimisation.
    var steps = 150
    /// Tokens given.
    var prefix = 32
    /// Tokens asked for.
    var length = 32

    init(_ id: String, _ settings: inout AttackSettings) throws(AttackSettingsError) {
        let any = 1...10_000_000
        switch id {
        case AnswerDistillation.card.id: budgets = try settings.integers("budgets", in: any, default: budgets)
        case GeneratorDistillation.card.id: samples = try settings.integer("samples", in: any, default: samples)
        case DecoderInversion.card.id: auxiliary = try settings.integer("auxiliary", in: any, default: auxiliary)
        case LatentInversion.card.id:
            candidates = try settings.integer("candidates", in: 2...10_000_000, default: candidates)
            steps = try settings.integer("steps", in: 1...1_000_000, default: steps)
        case PrefixContinuation.card.id:
            candidates = try settings.integer("candidates", in: 2...10_000_000, default: candidates)
            prefix = try settings.integer("prefix", in: 1...4096, default: prefix)
            length = try settings.integer("length", in: 1...4096, default: length)
        default: break
        }
    }
}
