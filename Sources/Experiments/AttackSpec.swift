public import Attacks
public import ThreatModel

/// One attack on a victim, with its settings.
public struct AttackSpec: Codable, Sendable, Equatable {
    /// The identifier in the catalogue.
    public var attack: String
    /// The signal that it reads.
    public var signal: Signal?
    /// LiRA's variance.
    public var variance: LiRA.Variance
    /// How many samples are drawn.
    public var samples: Int
    /// Numbers of queries.
    public var budgets: [Int]
    /// How a surrogate, a student or a decoder is trained; the victim's training when absent.
    public var training: TrainingSpec?
    /// What a surrogate is; the victim's architecture when absent.
    public var model: ModelSpec?
    /// Population records that are encoded.
    public var auxiliary: Int
    /// How many candidates are taken.
    public var candidates: Int
    /// Steps of an optimisation.
    public var steps: Int
    /// Tokens given.
    public var prefix: Int
    /// Tokens asked for.
    public var length: Int

    enum CodingKeys: String, CodingKey, CaseIterable {
        case attack, signal, variance, samples, budgets, training, model, auxiliary, candidates, steps, prefix, length
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        attack = try fields.required(.attack)
        guard let card = AttackCatalogue.card(attack) else {
            throw fields.fail(.attack, AttackCatalogue.unknown(attack))
        }
        let name: String? = try fields.optional(.signal)
        signal = try name.map { name in
            guard let signal = Signal(rawValue: name) else {
                let known = Signal.allCases.map(\.rawValue)
                throw fields.fail(.signal, "expected one of \(known.joined(separator: ", ")), found '\(name)'")
            }
            return signal
        }
        guard !AttackCatalogue.needsSignal(card.id) || signal != nil else {
            throw fields.fail(.signal, "required by \(card.id), and missing")
        }
        variance = try fields.optional(.variance) ?? .pooled
        samples = try fields.number(.samples, in: 1...10_000_000, default: 5000)
        budgets = try fields.numbers(.budgets, in: 1...10_000_000, default: [1000])
        training = try fields.optional(.training)
        model = try fields.optional(.model)
        auxiliary = try fields.number(.auxiliary, in: 1...10_000_000, default: 1000)
        candidates = try fields.number(.candidates, in: 2...10_000_000, default: 512)
        steps = try fields.number(.steps, in: 1...1_000_000, default: 150)
        prefix = try fields.number(.prefix, in: 1...4096, default: 32)
        length = try fields.number(.length, in: 1...4096, default: 32)
    }

    /// The row's identifier beneath its victim's.
    public var id: String { signal.map { "\(attack)/\($0.rawValue)" } ?? attack }

    /// Whether it also runs on the untrained control: membership attacks that need no shadow pool.
    var runsOnControls: Bool {
        AttackCatalogue.isMembership(attack) && !AttackCatalogue.needsShadows(attack)
    }

    /// Checks the attack against its victim, and against the length of a text record.
    func check(_ victim: VictimSpec, window: Int) throws {
        guard let card = AttackCatalogue.card(attack) else { return }
        guard card.families.contains(victim.model.family.rawValue) else {
            throw SpecError(
                "victims: \(attack) on '\(victim.id)': expected a victim of \(card.families.joined(separator: ", ")), "
                    + "found a \(victim.model.family.rawValue)")
        }
        if AttackCatalogue.needsShadows(attack), victim.shadows == nil {
            throw SpecError("victims: \(attack) on '\(victim.id)' needs shadows; give the victim 'shadows: {count: 8}'")
        }
        if attack == CanaryExposure.card.id, victim.canaries == nil {
            throw SpecError("victims: \(attack) on '\(victim.id)' needs canaries; give the victim 'canaries: …'")
        }
        let signals = Signal.all(of: victim.model.family.rawValue)
        if let signal, !signals.contains(signal) {
            throw SpecError(
                "victims: \(attack) on '\(victim.id)': expected the signal \(signals.map(\.rawValue).joined(separator: " or ")), "
                    + "found '\(signal.rawValue)'")
        }
        if let shadows = victim.shadows?.model, shadows.family != victim.model.family {
            throw SpecError(
                "victims: the shadows of '\(victim.id)': expected a \(victim.model.family.rawValue) as the victim, "
                    + "found a \(shadows.family.rawValue)")
        }
        try checkSurrogate(card, victim)
        if attack == PrefixContinuation.card.id, prefix + length > window {
            throw SpecError(
                "victims: \(attack) on '\(victim.id)': expected prefix + length of at most the window's \(window), "
                    + "found \(prefix + length)")
        }
    }

    /// Checks the attack against the number of records that the adversary knows.
    func check(_ victim: VictimSpec, population: Int, _ kind: String) throws {
        let needed =
            switch attack {
            case AnswerDistillation.card.id: budgets.max() ?? 0
            case DecoderInversion.card.id, LatentInversion.card.id, AttackP.card.id: 1
            default: 0
            }
        guard population >= needed else {
            throw SpecError(
                "\(kind).population: \(attack) on '\(victim.id)' needs at least \(needed) records, found \(population)")
        }
    }

    /// Checks that a surrogate can learn from what the victim answers.
    private func checkSurrogate(_ card: AttackCard, _ victim: VictimSpec) throws {
        guard let model, card.id == AnswerDistillation.card.id || card.id == GeneratorDistillation.card.id else {
            return
        }
        let isClassifier = model.family == .classifier
        guard card.families.contains(model.family.rawValue), model.needsText == victim.model.needsText,
            isClassifier == (victim.model.family == .classifier)
        else {
            throw SpecError(
                "victims: \(attack) on '\(victim.id)': a \(model.family.rawValue) cannot learn from the answers of a "
                    + "\(victim.model.family.rawValue); choose another model")
        }
    }
}
