import Attacks
public import ThreatModel

/// One attack on a victim, with its settings.
public struct AttackSpec: Codable, Sendable, Equatable {
    /// Whom it is graded on.
    public enum Targets: String, Codable, Sendable, CaseIterable {
        /// The victim.
        case victim
        /// Every shadow of the victim's pool in turn, attacked with all others.
        case pool
    }

    /// The identifier in the catalogue.
    public var attack: String
    /// What its row is called, when that is not the attack and its signal.
    public var name: String?
    /// The signal that it reads.
    public var signal: Signal?
    /// Whom it is graded on.
    public var targets: Targets
    /// How many models of the pool it may use for a record, half IN and half OUT or, offline, all OUT; `nil` for all.
    public var references: Int?
    /// How many candidates it is asked about, half members and half not; `nil` for all.
    public var asked: Int?
    /// How many records the sets hold that are compared by their total score; `nil` for no sets.
    public var sets: Int?
    /// How a surrogate, a student or a decoder is trained; the victim's training when absent.
    public var training: TrainingSpec?
    /// What a surrogate is; the victim's architecture when absent.
    public var model: ModelSpec?
    /// The interface through which a victim is stolen; in the attack's own process with nothing between when absent.
    public var service: ServiceSpec?
    /// Whether it is asked if the stolen clone gives away the victim's members; no when absent.
    public var inherits: Bool?
    /// How often a theft is played, each time with other draws, to say how far its numbers depend on them; once when
    /// absent.
    public var repetitions: Int?
    /// Everything else, which the attack itself reads.
    public var settings: AttackSettings

    private enum Known: String, CodingKey, CaseIterable {
        case attack, name, signal, targets, references, asked, sets, training, model, service
        case inherits, repetitions
    }

    /// Decodes strictly: what is no key of every attack must be a setting of this one.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(open: decoder, Known.self)
        attack = try fields.required(.attack)
        guard let entry = AttackCatalogue.entry(attack) else {
            throw fields.fail(.attack, AttackCatalogue.unknown(attack))
        }
        name = try fields.optional(.name)
        if let name, !isIdentifier(name) {
            throw fields.fail(.name, "expected letters, digits, - and _, found '\(name)'")
        }
        let signal: String? = try fields.optional(.signal)
        self.signal = signal == nil ? nil : try fields.choice(.signal) as Signal
        guard entry.readsSignal == (signal != nil) else {
            throw fields.fail(
                .signal,
                entry.readsSignal ? "required by \(attack), and missing" : "\(attack) reads no signal; remove it"
            )
        }
        targets = try fields.choice(.targets, default: .victim)
        references = try fields.optional(.references, in: 1...100_000)
        asked = try fields.optional(.asked, in: 2...10_000_000)
        sets = try fields.optional(.sets, in: 1...1_000_000)
        training = try fields.optional(.training)
        model = try fields.optional(.model)
        (service, inherits) = (try fields.optional(.service), try fields.optional(.inherits))
        repetitions = try fields.optional(.repetitions, in: 1...100)
        settings = AttackSettings(try fields.others(AttackSettings.Value.self))
        do {
            try entry.check(settings)
        } catch .unknown(let key, let attack, let known) {
            throw fields.fail("\(AttackSettingsError.unknown(key, attack: attack, known: known))")
        } catch {
            throw fields.fail(ofOther: "\(error)")
        }
        guard targets == .victim || entry.readsSignal else {
            throw fields.fail(.targets, "\(attack) reads more than signals, so shadows cannot be its targets")
        }
        guard sets == nil || entry.isMembership && targets == .victim else {
            throw fields.fail(.sets, "sets are of a single victim's candidates; remove it")
        }
        guard entry.trainsOwn || training == nil && model == nil else {
            throw fields.fail(
                training == nil ? .model : .training, "\(attack) trains no model of the spec's; remove it")
        }
        let isServed = entry.operation != nil
        guard isServed || service == nil, entry.isTheft || inherits == nil else {
            throw fields.fail(
                service == nil || isServed ? .inherits : .service,
                "\(attack) steals \(isServed ? "no whole model" : "nothing through an interface"); remove it")
        }
        if let operation = entry.operation, let misfit = service?.misfit(to: operation, of: attack) {
            throw fields.fail(ofOther: "service.\(misfit)")
        }
        guard entry.isTheft || repetitions == nil else {
            throw fields.fail(.repetitions, "\(attack) steals no whole model; remove it")
        }
        guard references == nil || entry.needsShadows && entry.readsSignal else {
            throw fields.fail(.references, "\(attack) reads no signals of a shadow pool; remove it")
        }
    }

    /// Encodes what was written.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        for (key, value) in settings.values { try container.encode(value, forKey: AnyKey(stringValue: key)) }
        try container.encode(attack, forKey: Known.attack.any)
        try container.encodeIfPresent(name, forKey: Known.name.any)
        try container.encodeIfPresent(signal, forKey: Known.signal.any)
        if targets != .victim { try container.encode(targets, forKey: Known.targets.any) }
        try container.encodeIfPresent(references, forKey: Known.references.any)
        try container.encodeIfPresent(asked, forKey: Known.asked.any)
        try container.encodeIfPresent(sets, forKey: Known.sets.any)
        try container.encodeIfPresent(training, forKey: Known.training.any)
        try container.encodeIfPresent(model, forKey: Known.model.any)
        try container.encodeIfPresent(service, forKey: Known.service.any)
        try container.encodeIfPresent(inherits, forKey: Known.inherits.any)
        try container.encodeIfPresent(repetitions, forKey: Known.repetitions.any)
    }

    /// The row's identifier beneath its victim's.
    public var id: String { name ?? signal.map { "\(attack)/\($0.rawValue)" } ?? attack }

    /// What its draws are named by.
    ///
    /// What asks through an interface draws alike whatever its row is called: the same theft against two defences differs
    /// by the defences alone.
    var address: String { entry.operation != nil ? attack : id }

    var entry: AttackCatalogue.Entry {
        guard let entry = AttackCatalogue.entry(attack) else { preconditionFailure("no attack '\(attack)'") }
        return entry
    }

    /// The signal of an attack that reads one; its presence was checked when it was decoded.
    func requiredSignal() throws -> Signal {
        guard let signal else { throw SpecError("\(attack): a signal is required, and missing") }
        return signal
    }

    /// Whether it reads a pool: by its card, by its targets, or because class thresholds are picked on shadows.
    var needsShadows: Bool {
        entry.needsShadows || targets == .pool || settings.values["classwise"] == .flag(true)
    }

    /// Whether it also runs on the untrained control: membership attacks that need neither pool nor training.
    var runsOnControls: Bool {
        entry.standsAlone && targets == .victim && settings.values["calibrated"] != .flag(true)
    }

    /// The settings of an attack on another secret than membership; they were checked when they were decoded.
    func gameSettings() throws -> GameSettings {
        var settings = settings
        return try GameSettings(attack, &settings)
    }

    /// Checks the attack against its victim, and against the length of a text record.
    func check(_ victim: VictimSpec, window: Int) throws {
        let (card, family, place) = (entry.card, victim.model.family.rawValue, "victims: \(attack) on '\(victim.id)'")
        guard card.families.contains(family) else {
            throw SpecError(
                "\(place): expected a victim of \(card.families.joined(separator: ", ")), found a \(family)")
        }
        if needsShadows, victim.shadows == nil {
            throw SpecError("\(place) needs shadows; give the victim 'shadows: {count: 8}'")
        }
        if targets == .pool, victim.shadows?.flips != .independent {
            throw SpecError(
                "\(place): leave-one-out targets need a pool of independent coin flips, where no other shadow tells of a "
                    + "target's; give the victim 'shadows: {flips: independent}'")
        }
        if attack == CanaryExposure.card.id, victim.canaries == nil {
            throw SpecError("\(place) needs canaries; give the victim 'canaries: …'")
        }
        let signals = Signal.all(of: family)
        if let signal, !signals.contains(signal) {
            throw SpecError(
                "\(place): expected the signal \(signals.map(\.rawValue).joined(separator: " or ")), found '\(signal.rawValue)'"
            )
        }
        if let shadows = victim.shadows?.model, shadows.family != victim.model.family {
            throw SpecError(
                "victims: the shadows of '\(victim.id)': expected a \(family) as the victim, found a \(shadows.family.rawValue)"
            )
        }
        try checkSurrogate(card, victim)
        let settings = try gameSettings()
        if attack == PrefixContinuation.card.id, settings.prefix + settings.length > window {
            throw SpecError(
                "\(place): expected prefix + length of at most the window's \(window), found "
                    + "\(settings.prefix + settings.length)")
        }
    }

    /// Checks the attack against the number of records that the adversary knows.
    func check(_ victim: VictimSpec, population: Int, _ kind: String) throws {
        let needed =
            attack == AnswerDistillation.card.id
            ? try gameSettings().budgets.max() ?? 0
            : entry.isTheft || entry.card.knowledge.contains("population") ? 1 : 0
        guard population >= needed else {
            throw SpecError(
                "\(kind).population: \(attack) on '\(victim.id)' needs at least \(needed) records, found \(population)")
        }
    }

    /// Checks that a surrogate can learn from what the victim answers.
    private func checkSurrogate(_ card: AttackCard, _ victim: VictimSpec) throws {
        guard let model,
            entry.isTheft || card.id == AnswerDistillation.card.id || card.id == GeneratorDistillation.card.id
        else { return }
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

extension CodingKey {
    fileprivate var any: AnyKey { AnyKey(stringValue: stringValue) }
}
