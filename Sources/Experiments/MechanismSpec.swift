public import Foundation
public import Lab
import Models

/// A mechanism of the lab, what it claims, and who must find out.
public struct MechanismSpec: Codable, Sendable, Equatable {
    /// The name of the experiment.
    public var name: String
    /// The seed of all randomness.
    public var seed: UInt64
    /// Which mechanism makes the claim.
    public var mechanism: Specimen
    /// What it says of itself.
    public var claim: MechanismClaim
    /// How many steps are watched.
    public var steps: Int
    /// The images whose gradients are released; `nil` for random records in four classes.
    public var images: MechanismImages?
    /// The model whose gradients they are; its family is one that is trained on images without a generator.
    public var model: ModelSpec?
    /// The least probability with which each detector accepts a true claim.
    public var level: Double
    /// How the gradient canary is played.
    public var canary: CanaryTrials
    /// Who must reject the claim, at least; nobody may when the list is empty.
    public var caughtBy: [Detector]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, seed, mechanism, claim, images, model, level, canary, caughtBy
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        name = try fields.required(.name)
        guard isIdentifier(name) else {
            throw fields.fail(.name, "expected letters, digits, - and _, found '\(name)'")
        }
        seed = try fields.required(.seed)
        mechanism = try fields.choice(.mechanism)
        let draft = try fields.required(.claim, ClaimDraft.self)
        (claim, steps) = (draft.claim, draft.steps)
        images = try fields.optional(.images)
        model = try fields.optional(.model)
        level = try fields.number(.level, in: 0.5...0.999_999, default: 0.999)
        canary = try fields.optional(.canary) ?? CanaryTrials()
        let known = Detector.allCases.map(\.rawValue)
        caughtBy = try fields.required(.caughtBy, [String].self).map { name in
            if let detector = Detector(rawValue: name) { return detector }
            let hint = nearestName(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw fields.fail(.caughtBy, "expected some of \(known.joined(separator: ", ")), found '\(name)'\(hint)")
        }
        try check(fields)
    }

    private func check(_ fields: Fields<CodingKeys>) throws {
        if mechanism == .rateTimesTen, 10 * claim.batch > claim.records {
            throw fields.fail(
                .claim,
                "ten times the rate is no rate: expected a batch of at most \(claim.records / 10) of "
                    + "\(claim.records) records, found \(claim.batch)")
        }
        guard let model else { return }
        if model.family == .gan || model.needsText {
            throw fields.fail(
                .model,
                "expected a classifier, an autoencoder or a variational-autoencoder, found a \(model.family.rawValue)")
        }
        if model.convolutional?.normalisation == .batch {
            throw fields.fail(.model, "batch norm mixes records, so its gradients are not a record's; use group norm")
        }
        if model.convolutional != nil, images == nil {
            throw fields.fail(.model, "convolutions need images; add 'images: {dataset: fashion-mnist}'")
        }
    }

    /// Encodes what it decodes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(seed, forKey: .seed)
        try container.encode(mechanism, forKey: .mechanism)
        try container.encode(ClaimDraft(claim, steps: steps), forKey: .claim)
        try container.encodeIfPresent(images, forKey: .images)
        try container.encodeIfPresent(model, forKey: .model)
        try container.encode(level, forKey: .level)
        try container.encode(canary, forKey: .canary)
        try container.encode(caughtBy, forKey: .caughtBy)
    }

    /// Reads a spec from YAML.
    ///
    /// - Throws: ``SpecError`` of one line that names the file, the place and the remedy.
    public init(yaml: String, name: String) throws {
        self = try decodeStrictly(MechanismSpec.self, from: yaml, name: name)
    }

    /// Reads a spec from a file.
    ///
    /// - Throws: ``SpecError`` of one line that names the file, the place and the remedy.
    public init(contentsOf file: URL) throws {
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw SpecError("\(file.path): expected a mechanism's spec in YAML, found no such file")
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), name: file.path)
    }
}

/// A claim as it is written.
private struct ClaimDraft: Codable {
    var clip: Double
    var sigma: Double
    var batch: Int
    var records: Int
    var steps: Int

    var claim: MechanismClaim {
        MechanismClaim(clippingNorm: clip, noiseMultiplier: sigma, batch: batch, records: records)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case clip, sigma, batch, records, steps }

    init(_ claim: MechanismClaim, steps: Int) {
        (clip, sigma, batch) = (claim.clippingNorm, claim.noiseMultiplier, claim.batch)
        (records, self.steps) = (claim.records, steps)
    }

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        clip = try fields.number(.clip, in: 1e-6...1e6)
        sigma = try fields.number(.sigma, in: 1e-3...1e3)
        records = try fields.number(.records, in: 2...1_000_000)
        batch = try fields.number(.batch, in: 1...records)
        steps = try fields.number(.steps, in: 2...100_000)
    }
}

/// Which images a mechanism reads.
public struct MechanismImages: Codable, Sendable, Equatable {
    /// A registered data set or a reference to the user's own files.
    public var dataset: String
    /// Whether the committed stand-in may be used when the data set is missing.
    public var fallback: Bool
    /// The side of the blocks of pixels that are averaged into one; `nil` for images as they are.
    public var shrink: Int?

    enum CodingKeys: String, CodingKey, CaseIterable { case dataset, fallback, shrink }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        dataset = try fields.required(.dataset)
        fallback = try fields.optional(.fallback) ?? false
        shrink = try fields.optional(.shrink, in: 1...64)
    }
}

/// How often a gradient canary is played.
public struct CanaryTrials: Codable, Sendable, Equatable {
    /// Pairs of successive steps, one of each with the canary.
    public var pairs = GradientCanary().pairs
    /// Runs on a worst-case data set, about half of them with the canary's record; 0 for none.
    public var runs = GradientCanary().runs
    /// The steps of a run.
    public var runSteps = GradientCanary().runSteps
    /// The δ at which bound and claim are compared; a claim holds at every one.
    public var delta = GradientCanary().delta

    enum CodingKeys: String, CodingKey, CaseIterable { case pairs, runs, runSteps, delta }

    init() {}

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        pairs = try fields.number(.pairs, in: 10...100_000, default: pairs)
        runs = try fields.number(.runs, in: 0...100_000, default: runs)
        guard runs == 0 || runs >= 20 else { throw fields.fail(.runs, "expected 0, or at least 20, found \(runs)") }
        runSteps = try fields.number(.runSteps, in: 1...10_000, default: runSteps)
        delta = try fields.number(.delta, in: 1e-12...0.5, default: delta)
    }

    /// The audit that is played.
    var audit: GradientCanary {
        var audit = GradientCanary()
        (audit.pairs, audit.runs, audit.runSteps, audit.delta) = (pairs, runs, runSteps, delta)
        return audit
    }
}
