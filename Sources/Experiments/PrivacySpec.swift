public import Accounting
public import Mechanisms

/// Differential privacy of a training; or, with `noise: none`, only its clipping.
///
/// Everything but the budget may be absent: then gradients are clipped flat, to 1, with seeded noise, per record.
public struct PrivacySpec: Codable, Sendable, Equatable {
    /// The bound that the noise is calibrated to, from 0.01 to 1000; `nil` when the noise multiplier is given.
    public var epsilon: Double?
    /// The probability with which the bound may fail, from 10⁻¹² to 0.1; `nil` without noise.
    public var delta: Double?
    /// The deviation of the noise in units of the sensitivity, from 0.001 to 10⁶; `nil` when ε is given.
    public var noiseMultiplier: Double?
    /// The norm to which each unit's gradient is clipped, from 10⁻⁶ to 10⁶, 1 by default; an adaptive one begins there.
    public var clip: Double
    /// How gradients are clipped; flat when absent.
    public var clipping: Clip?
    /// The γ of automatic clipping, from 10⁻⁶ to 10⁶; 0.01 when absent.
    public var stability: Double?
    /// The share of units that an adaptive norm is to leave unclipped, from 0.01 to 0.99; 0.5 when absent.
    public var quantile: Double?
    /// The step of the logarithm of an adaptive norm, from 0.001 to 10; 0.2 when absent.
    public var adaptiveRate: Double?
    /// The deviation of the noise on an adaptive norm's count, from 0.01 to 10⁶; a twentieth of the batch when absent,
    /// but at least the noise multiplier.
    public var countNoise: Double?
    /// Where the noise comes from; the seed when absent.
    public var noise: Noise?
    /// What is protected as a whole; a record when absent.
    public var unit: Unit?
    /// The most records of a document or a user that enter a step, from 1 to 100,000; 8 when absent.
    public var cap: Int?
    /// The memory of a physical batch in MiB, from 1 to 10⁶; the usual number of rows when absent.
    public var memory: Int?
    /// The accountant that the noise is calibrated by and the report's bound comes from; `rdp` when absent.
    public var accountant: PrivacyAccountant?
    /// How gradients are released, `sgd` or `ftrl`; the former when absent.
    public var mechanism: GradientPrivacy.Mechanism?

    /// How gradients are clipped; see ``Mechanisms/Clipping``.
    public enum Clip: String, Codable, Sendable, CaseIterable {
        /// All parameters together.
        case flat
        /// Each layer to its share of the norm.
        case perLayer = "per-layer"
        /// Each gradient divided by its norm.
        case automatic
        /// To a norm that follows a quantile.
        case adaptive
    }

    /// Where the noise comes from.
    public enum Noise: String, Codable, Sendable, CaseIterable {
        /// The seed: reproducible.
        case seeded
        /// The operating system: not reproducible.
        case secure
        /// Nowhere: gradients are clipped and nothing is promised.
        case none
    }

    /// What is protected as a whole.
    public enum Unit: String, Codable, Sendable, CaseIterable {
        /// A record.
        case record
        /// All records of one document of a text.
        case document
        /// All records of one author of a text, see ``Datasets/TextCorpus/Document/author``.
        case user
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case epsilon, delta, noiseMultiplier, clip, clipping, stability, quantile, adaptiveRate, countNoise, noise, unit
        case cap, memory, mechanism, accountant
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        func named<T: RawRepresentable<String> & CaseIterable>(_ key: CodingKeys) throws -> T? {
            try fields.optional(key, String.self) == nil ? nil : try fields.choice(key) as T
        }
        noise = try named(.noise)
        epsilon = try fields.optional(.epsilon, in: 0.01...1000)
        delta = try fields.optional(.delta, in: 1e-12...0.1)
        noiseMultiplier = try fields.optional(.noiseMultiplier, in: 1e-3...1e6)
        let hasClip = try fields.optional(.clip, Double.self) != nil
        clip = try fields.number(.clip, in: 1e-6...1e6, default: 1)
        clipping = try named(.clipping)
        stability = try fields.optional(.stability, in: 1e-6...1e6)
        quantile = try fields.optional(.quantile, in: 0.01...0.99)
        adaptiveRate = try fields.optional(.adaptiveRate, in: 1e-3...10)
        countNoise = try fields.optional(.countNoise, in: 0.01...1e6)
        unit = try named(.unit)
        cap = try fields.optional(.cap, in: 1...100_000)
        memory = try fields.optional(.memory, in: 1...1_000_000)
        mechanism = try named(.mechanism)
        accountant = try named(.accountant)
        try checkBudget(fields)
        try checkClipping(fields, hasClip: hasClip)
        let isPlain = noise ?? .seeded == .seeded && clipping ?? .flat == .flat && unit ?? .record == .record
        if mechanism == .ftrl, epsilon == nil || !isPlain {
            throw fields.fail(
                .mechanism,
                "expected an epsilon, flat clipping, seeded noise and records as units with 'ftrl'; change them, or remove "
                    + "it")
        }
        if cap != nil, group == nil {
            throw fields.fail(
                .cap, "expected 'unit: document' or 'unit: user', whose records it limits; add it, or remove the cap")
        }
    }

    private func checkBudget(_ fields: Fields<CodingKeys>) throws {
        let keys: [(CodingKeys, Double?)] = [
            (.epsilon, epsilon), (.delta, delta), (.noiseMultiplier, noiseMultiplier),
        ]
        if isWithoutNoise {
            for (key, value) in keys where value != nil {
                throw fields.fail(key, "expected nothing without noise, which promises nothing; remove it")
            }
            return
        }
        guard delta != nil else {
            throw fields.fail(.delta, "required, and missing; expected a number from 1e-12 to 0.1")
        }
        guard epsilon != nil || noiseMultiplier != nil else {
            throw fields.fail(.epsilon, "required, and missing; expected it, or a noiseMultiplier, or 'noise: none'")
        }
        guard epsilon == nil || noiseMultiplier == nil else {
            throw fields.fail(.noiseMultiplier, "expected either epsilon or noiseMultiplier, found both; remove one")
        }
    }

    private func checkClipping(_ fields: Fields<CodingKeys>, hasClip: Bool) throws {
        let owners: [(CodingKeys, Bool, Clip)] = [
            (.stability, stability != nil, .automatic), (.quantile, quantile != nil, .adaptive),
            (.adaptiveRate, adaptiveRate != nil, .adaptive), (.countNoise, countNoise != nil, .adaptive),
        ]
        for (key, isGiven, owner) in owners where isGiven && clipping != owner {
            throw fields.fail(
                key, "expected 'clipping: \(owner.rawValue)', which reads it, found '\((clipping ?? .flat).rawValue)'")
        }
        if hasClip, clipping == .automatic {
            throw fields.fail(.clip, "expected no norm with automatic clipping, whose sensitivity is 1; remove it")
        }
        if countNoise != nil, isWithoutNoise {
            throw fields.fail(.countNoise, "expected nothing without noise; remove it")
        }
    }
}

extension PrivacySpec {
    /// Whether gradients are clipped and nothing is promised.
    var isWithoutNoise: Bool { noise == Noise.none }

    /// The unit that has several records; `nil` when a record is a unit.
    var group: Unit? { unit == .record ? nil : unit }

    /// The most records of a unit that enter a step; `nil` when a record is a unit.
    var unitCap: Int? { group == nil ? nil : cap ?? 8 }

    /// The clipping for batches of about `batch` units, and noise of a multiplier.
    ///
    /// - Throws: ``SpecError`` when the noise on an adaptive count is too little for the multiplier.
    func clipping(batch: Int, noiseMultiplier: Double, _ place: String) throws -> Clipping {
        switch clipping ?? .flat {
        case .flat: return .flat(norm: clip)
        case .perLayer: return .perLayer(norm: clip)
        case .automatic: return .automatic(stability: stability ?? 0.01)
        case .adaptive:
            let settings = QuantileClipping(
                norm: clip, quantile: quantile ?? 0.5, rate: adaptiveRate ?? 0.2,
                countDeviation: countNoise ?? max(Double(batch) / 20, noiseMultiplier))
            guard noiseMultiplier == 0 || settings.gradientMultiplier(total: noiseMultiplier) != nil else {
                throw SpecError(
                    "\(place).countNoise: expected more than \(noiseMultiplier / 2), half the noise multiplier, found "
                        + "\(settings.countDeviation); raise it, or leave it out")
            }
            return .adaptive(settings)
        }
    }
}
