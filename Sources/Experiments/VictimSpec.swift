import Models
import Training

/// A victim: what it is, how it is trained and defended, and who attacks it.
public struct VictimSpec: Codable, Sendable, Equatable {
    /// Unique in the spec.
    public var id: String
    /// The victim that it is a variant of, itself for an original.
    public var base: String
    /// Its architecture.
    public var model: ModelSpec
    /// Its training; zero epochs make an untrained control.
    public var training: TrainingSpec
    /// The probability with which a candidate is a member.
    public var memberRate: Double
    /// Differential privacy of its training.
    public var privacy: PrivacySpec?
    /// Teachers from whose noisy votes it learns; `nil` when it sees its members itself.
    public var pate: PATESpec?
    /// Users by whom it is trained; `nil` for a training in one place.
    public var federated: FederatedSpec?
    /// The pool of shadow models that its attacks share.
    public var shadows: ShadowSpec?
    /// Secrets planted in its training text.
    public var canaries: CanarySpec?
    /// The audit of its training.
    public var audit: AuditSpec?
    /// The attacks on it.
    public var attacks: [AttackSpec]
    /// What its records are.
    public var data: Kind
    /// How it is decided which candidates are its members.
    public var split: Split
    /// Another draw of its members and of everything in its training; 0 is the first.
    public var repetition: Int
    /// The length in tokens from which on a text that repeats another's span is left out of training; `nil` for never.
    public var deduplicate: Int?
    /// A defence in words, when it is one that a spec cannot show, such as early stopping.
    public var defence: String?

    /// What records are.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Images.
        case images
        /// Rows of a table.
        case table
        /// Windows of text.
        case text
    }

    /// How it is decided which candidates are members.
    public enum Split: String, Codable, Sendable, CaseIterable {
        /// By independent coin flips: members and non-members have one distribution.
        case flips
        /// The oldest records are members, which is what many published evaluations amount to, and wrong.
        case date
        /// Members are what was published to train on, non-members what was published to test on, so that accuracies can
        /// be compared with those of papers; nobody promises that the two have one distribution.
        case published
    }

    /// The rows that are no attacks, with the kinds of their stages.
    var diagnostics: [(id: String, stage: String)] {
        let pool = shadows == nil ? [] : [(PoolStage.id, Stage.Kind.pool.rawValue)]
        let blind = data == .text && !isControl ? [(BlindStage.id, Stage.Kind.blind.rawValue)] : []
        let rungs = audit?.rungs.map { (AuditStage.id($0), AuditStage.id($0)) } ?? []
        return pool + blind + rungs
    }

    /// Whether this is a negative control.
    public var isControl: Bool { !training.isTraining }

    /// Fills in what variants take over from their originals, and adds an untrained control to each original.
    static func resolved(_ drafts: [VictimDraft]) throws -> [VictimSpec] {
        var victims: [VictimSpec] = []
        for draft in drafts {
            guard !victims.contains(where: { $0.id == draft.id }) else {
                throw SpecError("victims: the id '\(draft.id)' is taken twice; ids must differ")
            }
            let original = try draft.like.map { like -> VictimSpec in
                guard let found = victims.first(where: { $0.id == like }) else {
                    throw SpecError("victims: '\(draft.id)' is like '\(like)', which does not come before it")
                }
                return found
            }
            victims.append(try draft.victim(original))
        }
        let controls = victims.filter { $0.base == $0.id && !$0.isControl }.map(\.untrained)
        if let taken = controls.first(where: { control in victims.contains { $0.id == control.id } }) {
            throw SpecError("victims: the id '\(taken.id)' is that of an untrained control; choose another")
        }
        return victims + controls
    }

    /// The same model with fresh parameters, under those attacks that need neither shadows nor surrogates.
    private var untrained: VictimSpec {
        var control = self
        control.id = "\(id)-untrained"
        control.training = training.none
        control.canaries = nil
        control.shadows = nil
        control.audit = audit?.ofControl
        (control.pate, control.federated) = (nil, nil)
        control.attacks = attacks.filter(\.runsOnControls)
        return control
    }
}

/// A victim as it is written, before variants are filled in.
struct VictimDraft: Decodable {
    var id: String
    var like: String?
    var model: ModelSpec?
    var training: TrainingSpec?
    var memberRate: Double?
    var privacy: PrivacySpec?
    var pate: PATESpec?
    var federated: FederatedSpec?
    var shadows: ShadowSpec?
    var canaries: CanarySpec?
    var audit: AuditSpec?
    var attacks: [AttackSpec]
    var data: VictimSpec.Kind?
    var split: VictimSpec.Split?
    var repetition: Int?
    var deduplicate: Int?
    var defence: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, like, model, training, memberRate, privacy, shadows, canaries, attacks, data, split, repetition
        case deduplicate, defence, audit, pate, federated
    }

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        id = try fields.required(.id)
        guard isIdentifier(id) else { throw fields.fail(.id, "expected letters, digits, - and _, found '\(id)'") }
        like = try fields.optional(.like)
        model = try fields.optional(.model)
        training = try fields.optional(.training)
        memberRate = try fields.optional(.memberRate)
        if let memberRate, !(0.001...0.999).contains(memberRate) {
            throw fields.fail(.memberRate, "expected a probability from 0.001 to 0.999, found \(memberRate)")
        }
        privacy = try fields.optional(.privacy)
        (pate, federated) = (try fields.optional(.pate), try fields.optional(.federated))
        shadows = try fields.optional(.shadows)
        canaries = try fields.optional(.canaries)
        audit = try fields.optional(.audit)
        attacks = try fields.optional(.attacks) ?? []
        if try fields.optional(.data, String.self) != nil { data = try fields.choice(.data) as VictimSpec.Kind }
        if try fields.optional(.split, String.self) != nil { split = try fields.choice(.split) as VictimSpec.Split }
        repetition = try fields.optional(.repetition, in: 0...1_000_000)
        deduplicate = try fields.optional(.deduplicate, in: 2...4096)
        defence = try fields.optional(.defence)
    }

    /// The pool of its own, or its original's: shadows are drawn from the candidates whoever is the victim.
    private func pool(_ original: VictimSpec?) throws -> ShadowSpec? {
        guard let owner = shadows?.owner else { return shadows }
        guard let original, original.id == owner, var shared = original.shadows, model == nil, training == nil,
            data == nil || data == original.data, audit == nil || audit == original.audit
        else {
            throw SpecError(
                "victims: '\(id)': shadows: expected the pool of the victim that it is like, with its model, training "
                    + "and data, found 'of: \(owner)'")
        }
        shared.owner = shared.owner ?? owner
        return shared
    }

    func victim(_ original: VictimSpec?) throws -> VictimSpec {
        guard let model = model ?? original?.model, let training = training ?? original?.training else {
            throw SpecError("victims: '\(id)' needs a model and a training, or a victim that it is like")
        }
        if split == .published, memberRate != nil {
            throw SpecError("victims: '\(id)': memberRate: a published split has its own rate; remove the key")
        }
        return VictimSpec(
            id: id, base: original?.base ?? id, model: model, training: training,
            memberRate: memberRate ?? original?.memberRate ?? 0.5, privacy: privacy, pate: pate, federated: federated,
            shadows: try pool(original), canaries: canaries ?? original?.canaries, audit: audit ?? original?.audit,
            attacks: attacks, data: data ?? (model.needsText ? .text : original?.data ?? .images),
            split: split ?? original?.split ?? .flips, repetition: repetition ?? original?.repetition ?? 0,
            deduplicate: deduplicate, defence: defence)
    }
}

/// A pool of shadow models.
public struct ShadowSpec: Codable, Sendable, Equatable {
    /// How many.
    public var count: Int
    /// Their architecture, when it is not the victim's.
    public var model: ModelSpec?
    /// Their training, when it is not the victim's.
    public var training: TrainingSpec?
    /// How it is drawn which shadow sees which candidate.
    public var flips: Flips
    /// The victim whose pool it is, when it is not one of its own.
    public var owner: String?
    /// Whether they are trained with the victim's privacy; without it when absent.
    public var privacy: Privacy?

    /// How shadows of a private victim are trained.
    public enum Privacy: String, Codable, Sendable, CaseIterable {
        /// With the victim's clipping, noise multiplier, noise and unit.
        case same
        /// Plainly.
        case none
    }

    /// How it is drawn which shadow sees which candidate.
    public enum Flips: String, Codable, Sendable, CaseIterable {
        /// Independent coin flips, except that shadow 1 takes what shadow 0 leaves, so that every record has a model on
        /// each side. It tells nothing about victims, which are outside the pool.
        case covering
        /// Independent coin flips throughout: any shadow can be a target of all others.
        case independent
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case count, model, training, flips, privacy
        case owner = "of"
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        owner = try fields.optional(.owner)
        count = try fields.number(.count, in: 2...100_000, default: owner == nil ? nil : 2)
        model = try fields.optional(.model)
        training = try fields.optional(.training)
        flips = try fields.choice(.flips, default: .covering)
        if try fields.optional(.privacy, String.self) != nil { privacy = try fields.choice(.privacy) as Privacy }
        if owner != nil, count != 2 || model != nil || training != nil || privacy != nil || flips != .covering {
            throw fields.fail(.owner, "another victim's pool is as it is; remove all other keys")
        }
    }
}

/// Secrets that are planted in the training text.
public struct CanarySpec: Codable, Sendable, Equatable {
    /// The format; each # is a random digit.
    public var pattern: String
    /// How many canaries are planted each number of times.
    public var perLevel: Int
    /// How often they are planted.
    public var insertions: [Int]
    /// How many secrets that were not planted they are ranked among.
    public var alternatives: Int

    enum CodingKeys: String, CodingKey, CaseIterable { case pattern, perLevel, insertions, alternatives }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        pattern = try fields.required(.pattern)
        perLevel = try fields.number(.perLevel, in: 2...1000, default: 8)
        insertions = try fields.numbers(.insertions, in: 0...100_000, default: [0, 1, 10, 100])
        alternatives = try fields.number(.alternatives, in: 10...1_000_000, default: 4095)
    }
}
