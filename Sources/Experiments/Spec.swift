import Attacks
public import Foundation
import Models
import ThreatModel

/// One experiment: data, victims with their attacks, and the relations that are expected of the findings.
public struct Spec: Codable, Sendable, Equatable {
    /// The name of the run's folder.
    public var name: String
    /// The seed of all randomness.
    public var seed: UInt64
    /// The images, when a victim needs them.
    public var images: ImageData?
    /// The text, when a victim needs it.
    public var text: TextData?
    /// The table, when a victim needs it.
    public var table: TableData?
    /// The classifier that judges samples, when a victim needs it.
    public var evaluator: EvaluatorSpec?
    /// The victims.
    public var victims: [VictimSpec]
    /// The relations that are expected.
    public var expect: [RelationSpec]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, seed, images, text, table, evaluator, victims, expect
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        name = try fields.required(.name)
        seed = try fields.required(.seed)
        images = try fields.optional(.images)
        text = try fields.optional(.text)
        table = try fields.optional(.table)
        evaluator = try fields.optional(.evaluator)
        victims = try VictimSpec.resolved(try fields.required(.victims, [VictimDraft].self))
        expect = try fields.optional(.expect) ?? []
        guard isIdentifier(name) else {
            throw fields.fail(.name, "expected letters, digits, - and _, found '\(name)'")
        }
        try check()
    }

    /// Reads a spec from YAML.
    ///
    /// - Throws: ``SpecError`` of one line that names the file, the place and the remedy.
    public init(yaml: String, name: String) throws {
        self = try decodeStrictly(Spec.self, from: yaml, name: name)
    }

    /// Reads a spec from a file, with changes of the form "path=value".
    ///
    /// - Throws: ``SpecError`` of one line that names the file, the place and the remedy.
    public init(contentsOf file: URL, setting overrides: [String] = []) throws {
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw SpecError("\(file.path): expected a spec in YAML, found no such file")
        }
        let yaml = try Overrides.apply(overrides, to: String(decoding: data, as: UTF8.self), name: file.path)
        self = try Spec(yaml: yaml, name: file.path)
    }

    private func check() throws {
        guard !victims.isEmpty else { throw SpecError("victims: expected at least one, found none") }
        for victim in victims {
            guard has(victim.data) else {
                throw SpecError("\(victim.data.rawValue): required by victim '\(victim.id)'")
            }
            if victim.model.needsText != (victim.data == .text) {
                throw SpecError(
                    "victims: '\(victim.id)': a \(victim.model.family.rawValue) cannot be trained on \(victim.data.rawValue)"
                )
            }
            if victim.split == .date, victim.data != .text || text?.record != .paragraph {
                throw SpecError(
                    "victims: '\(victim.id)': only paragraphs of text have dates; give it 'text: {record: paragraph}'")
            }
            if victim.deduplicate != nil, victim.data != .text {
                throw SpecError("victims: '\(victim.id)': deduplicate: only text has spans of tokens; remove it")
            }
            if victim.split == .published, victim.data != .images || images?.parts != .all {
                throw SpecError(
                    "victims: '\(victim.id)': a published split needs both parts of a set of images; give it "
                        + "'images: {parts: all}'")
            }
            if victim.data == .table, victim.model.family == .gan {
                throw SpecError("victims: '\(victim.id)': a gan's samples are judged as images; choose another family")
            }
            if victim.model.family == .gan, evaluator == nil {
                throw SpecError("evaluator: required by victim '\(victim.id)', whose samples it judges")
            }
            if victim.privacy != nil, victim.model.convolutional?.normalisation == .batch {
                throw SpecError(
                    "victims: '\(victim.id)' is private, but batch norm mixes records; give its model "
                        + "'normalisation: group' (a GAN's generator keeps batch norm)")
            }
            try victim.audit?.check(victim)
            try victim.pate?.check(victim)
            try victim.federated?.check(victim)
            for attack in victim.attacks {
                try attack.check(victim, window: text?.window ?? 0)
                guard victim.attacks.count(where: { $0.id == attack.id }) == 1 else {
                    throw SpecError(
                        "victims: '\(victim.id)' has '\(attack.id)' twice, but it can have only one such row")
                }
            }
        }
        for relation in expect { try relation.check(self) }
    }

    private func has(_ kind: VictimSpec.Kind) -> Bool {
        switch kind {
        case .images: images != nil
        case .table: table != nil
        case .text: text != nil
        }
    }
}

/// Whether a name can be part of a path and of a row's identifier.
func isIdentifier(_ name: String) -> Bool {
    let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_"))
    return !name.isEmpty && name.unicodeScalars.allSatisfy(allowed.contains)
}

/// Which images, and how they are split.
public struct ImageData: Codable, Sendable, Equatable {
    /// A registered data set or a reference to the user's own files.
    public var dataset: String
    /// Whether the committed stand-in may be used when the data set is missing.
    public var fallback: Bool
    /// How many records are candidates.
    public var candidates: Int
    /// How many others, at most, the adversary knows.
    public var population: Int
    /// The side of the blocks of pixels that are averaged into one; `nil` for images as they are.
    public var shrink: Int?
    /// Images of another distribution, which the adversary knows too.
    public var foreign: String?
    /// Which published parts they are taken from; `nil` for the training part.
    public var parts: Parts?

    /// Published parts of a data set.
    public enum Parts: String, Codable, Sendable, CaseIterable {
        /// What was published to train on.
        case train
        /// What was published to train on, and what was published to test on.
        case all
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case dataset, fallback, candidates, population, shrink, foreign, parts
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        dataset = try fields.required(.dataset)
        fallback = try fields.optional(.fallback) ?? false
        candidates = try fields.number(.candidates, in: 2...10_000_000)
        population = try fields.number(.population, in: 0...10_000_000)
        shrink = try fields.optional(.shrink, in: 1...64)
        foreign = try fields.optional(.foreign)
        if try fields.optional(.parts, String.self) != nil { parts = try fields.choice(.parts) as Parts }
    }
}

/// Which table, how its rows become features, and how they are split.
public struct TableData: Codable, Sendable, Equatable {
    /// A registered data set or a reference to the user's own file.
    public var dataset: String
    /// The column with the classes; the registered one, or none, when absent.
    public var label: String?
    /// Into how many bins a column of numbers is cut at most.
    public var bins: Int
    /// How many records are candidates.
    public var candidates: Int
    /// How many others, at most, the adversary knows.
    public var population: Int

    enum CodingKeys: String, CodingKey, CaseIterable { case dataset, label, bins, candidates, population }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        dataset = try fields.required(.dataset)
        label = try fields.optional(.label)
        bins = try fields.number(.bins, in: 2...256, default: 8)
        candidates = try fields.number(.candidates, in: 2...10_000_000)
        population = try fields.number(.population, in: 0...10_000_000)
    }
}

/// Which text, and how it is cut and split.
public struct TextData: Codable, Sendable, Equatable {
    /// A registered data set or a reference to the user's own files.
    public var dataset: String
    /// Whether the committed stand-in may be used when the data set is missing.
    public var fallback: Bool
    /// What its tokens are; characters when absent.
    public var tokeniser: TokeniserSpec?
    /// What a record is.
    public var record: Record
    /// The length of a record in tokens.
    public var window: Int
    /// How many records are candidates.
    public var candidates: Int
    /// How many others, at most, the adversary knows.
    public var population: Int

    /// What a record is.
    public enum Record: String, Codable, Sendable, CaseIterable {
        /// Every disjoint window of the text.
        case window
        /// The beginning of every paragraph that is long enough, each paragraph once.
        case paragraph
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case dataset, fallback, tokeniser, record, window, candidates, population
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        dataset = try fields.required(.dataset)
        fallback = try fields.optional(.fallback) ?? false
        tokeniser = try fields.optional(.tokeniser)
        record = try fields.choice(.record, default: .window)
        window = try fields.number(.window, in: 8...4096)
        candidates = try fields.number(.candidates, in: 2...10_000_000)
        population = try fields.number(.population, in: 0...10_000_000)
    }
}

/// The classifier that judges samples: trained on the population's labels.
public struct EvaluatorSpec: Codable, Sendable, Equatable {
    /// The hidden widths; Fréchet distances are taken in the last of them.
    public var hidden: [Int]
    /// How it is trained.
    public var training: TrainingSpec

    enum CodingKeys: String, CodingKey, CaseIterable { case hidden, training }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        hidden = try fields.numbers(.hidden, in: 1...65_536, default: [256, 64])
        training = try fields.required(.training)
    }
}
