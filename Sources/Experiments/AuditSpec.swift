public import Auditing
import Mechanisms

/// An audit of a victim's training with one run: canaries that take part by fair coins, and adversaries who guess the
/// coins.
public struct AuditSpec: Codable, Sendable, Equatable {
    /// What the canaries are and how many; as many candidates are taken away to be made into them.
    public struct Canaries: Codable, Sendable, Equatable {
        /// What they are.
        public var kind: CanaryKind
        /// How many there are; half of them, by coins, take part.
        public var count: Int

        enum CodingKeys: String, CodingKey, CaseIterable { case kind, count }

        /// Decodes strictly.
        public init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, CodingKeys.self)
            kind = try fields.choice(.kind)
            count = try fields.number(.count, in: 10...1_000_000)
        }
    }

    /// What an adversary sees, from little to much.
    public enum Rung: String, Codable, Sendable, CaseIterable {
        /// A score of each canary by the final model.
        case blackBox = "black-box"
        /// The parameters of the final and of the initial model.
        case whiteBox = "white-box"
        /// The parameters at some steps of the training.
        case checkpoints
        /// What every private step releases along gradients of the adversary's choice.
        case gradientCanary = "gradient-canary"
    }

    /// The canaries.
    public var canaries: Canaries
    /// How many coins are guessed: one number, or several of which a training with other coins chooses.
    public var guesses: [Int]
    /// How many trainings with other coins the adversary has to tell how hard each canary is; none, or an even number.
    public var references: Int
    /// The adversaries.
    public var rungs: [Rung]
    /// How many parts of equal length the checkpoints cut the training into.
    public var checkpoints: Int
    /// The δ at which a victim without privacy of its own is audited.
    public var delta: Double

    enum CodingKeys: String, CodingKey, CaseIterable { case canaries, guesses, references, rungs, checkpoints, delta }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        canaries = try fields.required(.canaries)
        let range = 1...canaries.count
        let one: Int? = try? fields.optional(.guesses, Int.self)
        guesses = try one == nil ? fields.numbers(.guesses, in: range) : [fields.number(.guesses, in: range)]
        references = try fields.number(.references, in: 0...1000, default: 0)
        guard references.isMultiple(of: 2) else {
            throw fields.fail(
                .references,
                "expected an even number, of which one of each pair leaves out what the other holds, found "
                    + "\(references)")
        }
        rungs = try Self.rungs(fields)
        checkpoints = try fields.number(.checkpoints, in: 2...50, default: 10)
        delta = try fields.number(.delta, in: 1e-12...0.1, default: 1e-5)
    }

    private static func rungs(_ fields: Fields<CodingKeys>) throws -> [Rung] {
        let known = Rung.allCases.map(\.rawValue)
        let names = try fields.optional(.rungs, [String].self) ?? [Rung.blackBox.rawValue]
        if let unknown = names.first(where: { !known.contains($0) }) {
            let hint = nearestName(to: unknown, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw fields.fail(.rungs, "expected some of \(known.joined(separator: ", ")), found '\(unknown)'\(hint)")
        }
        guard !names.isEmpty, Set(names).count == names.count else {
            throw fields.fail(
                .rungs, "expected different rungs, at least one, found [\(names.joined(separator: ", "))]")
        }
        return names.compactMap(Rung.init)
    }

    /// What the audit changes about a training, or keeps of it: another number of guesses trains nothing again.
    struct Training: Encodable {
        var canaries: Canaries
        var checkpoints: Int?
        var hasGradientCanaries: Bool
    }
    var training: Training {
        Training(
            canaries: canaries, checkpoints: rungs.contains(.checkpoints) ? checkpoints : nil,
            hasGradientCanaries: rungs.contains(.gradientCanary))
    }

    /// Whether the number of guesses is chosen on a training with other coins.
    var hasPilot: Bool { guesses.count > 1 }

    /// What is asked of an untrained control, whose score of a canary knows nothing of its coin.
    var ofControl: AuditSpec {
        var control = self
        control.rungs = [.blackBox]
        control.guesses = [guesses.max() ?? 1]
        control.references = 0
        return control
    }

    /// Checks the audit against its victim.
    func check(_ victim: VictimSpec) throws {
        let place = "victims: the audit of '\(victim.id)'"
        if victim.canaries != nil {
            throw SpecError("\(place): expected no secrets beside its canaries; remove 'canaries' from the victim")
        }
        if victim.deduplicate != nil || victim.privacy?.group != nil {
            throw SpecError(
                "\(place): each canary is a record of its own; remove 'deduplicate' and 'privacy.unit' from the victim")
        }
        if rungs.contains(.gradientCanary), victim.privacy.map({ $0.noise == PrivacySpec.Noise.none }) ?? true {
            throw SpecError(
                "\(place): rungs: gradient-canary reads the releases of private steps; give the victim 'privacy', or "
                    + "remove the rung")
        }
        if rungs.contains(.gradientCanary), victim.privacy?.mechanism == .ftrl || victim.privacy?.isWithoutNoise == true
        {
            throw SpecError("\(place): rungs: gradient-canary needs the steps of DP-SGD with noise; remove the rung")
        }
        let family = victim.model.family
        if rungs.contains(.whiteBox) || rungs.contains(.checkpoints), family == .gan {
            throw SpecError(
                "\(place): rungs: white-box and checkpoints need a loss of a single record, which a gan has not")
        }
        if victim.model.needsText != (canaries.kind == .randomTokens), canaries.kind != .natural {
            throw SpecError(
                "\(place): canaries of kind \(canaries.kind.rawValue) do not suit a \(family.rawValue); take "
                    + (victim.model.needsText ? "random-tokens or natural" : "another kind"))
        }
    }
}
