public import Accounting
public import Autograd

/// The settings of DP-SGD.
public struct GradientPrivacy: Sendable, Equatable {
    /// How each privacy unit's gradient is bounded.
    public var clipping: Clipping
    /// The deviation of the noise in units of the sensitivity.
    ///
    /// With an adaptive norm it is that of gradient and count together: what the ledger records.
    public var noiseMultiplier: Double
    /// Where noise, and the coins that choose the batches, come from.
    public var noise: Noise
    /// How gradients are released; `nil` for DP-SGD.
    public var mechanism: Mechanism?

    /// Where the noise of a training comes from.
    public enum Noise: String, Codable, Sendable, CaseIterable {
        /// From the training's own stream: reproducible, and so not private against who knows the seed.
        case seeded
        /// From the operating system: neither reproducible nor, given the seed, known to anyone.
        case secure
    }

    /// Creates settings with flat clipping and seeded noise.
    public init(clippingNorm: Double, noiseMultiplier: Double) {
        self.init(clipping: .flat(norm: clippingNorm), noiseMultiplier: noiseMultiplier)
    }

    /// Creates settings.
    ///
    /// With an adaptive norm the count's noise must leave something for the gradient, see
    /// ``QuantileClipping/gradientMultiplier(total:)``.
    public init(clipping: Clipping, noiseMultiplier: Double, noise: Noise = .seeded) {
        precondition(
            clipping.isPossible && noiseMultiplier > 0, "clipping \(clipping.sensitivity), noise \(noiseMultiplier)")
        (self.clipping, self.noiseMultiplier, self.noise) = (clipping, noiseMultiplier, noise)
        precondition(gradientMultiplier != nil, "too little noise on the count for a total of \(noiseMultiplier)")
    }

    /// The bound on one unit's gradient; of an adaptive norm, the one to begin with.
    public var clippingNorm: Double { clipping.sensitivity }

    /// The noise multiplier of the gradient alone: larger than the total where a count is released beside it.
    public var gradientMultiplier: Double? {
        guard case .adaptive(let settings) = clipping else { return noiseMultiplier }
        return settings.gradientMultiplier(total: noiseMultiplier)
    }

    /// What one step gives away.
    public struct Release: Sendable {
        /// The noisy mean gradient.
        public let gradient: Parameters
        /// The event to account for.
        public let event: PrivacyEvent
        /// The clipping norm of the next step, where it adapts.
        public let nextNorm: Double?
    }

    /// Releases the noisy mean gradient of a Poisson batch and the event to account for.
    ///
    /// The sum is divided by the *expected* batch size: the realised one is private.
    /// - Source: Abadi et al. 2016, Algorithm 1.
    public func release(
        _ sum: consuming BoundedSum, samplingRate: Double, expectedBatch: Double, noise: NoiseSource
    ) -> (gradient: Parameters, event: PrivacyEvent) {
        let step = step(sum, samplingRate: samplingRate, expectedBatch: expectedBatch, noise: noise)
        return (step.gradient, step.event)
    }

    /// Releases the noisy mean gradient of a Poisson batch, the event to account for, and the next clipping norm.
    ///
    /// The sum is one clipped by ``clipping`` or, where the norm adapts, by that moved to the present norm. Gradient and
    /// count are one Gaussian mechanism of multiplier ``noiseMultiplier``, and one event.
    /// - Source: Abadi et al. 2016, Algorithm 1; Andrew et al. 2021, Algorithm 1.
    public func step(
        _ sum: consuming BoundedSum, samplingRate: Double, expectedBatch: Double, noise: NoiseSource
    ) -> Release {
        let event = PrivacyEvent.poissonSampledGaussian(rate: samplingRate, noiseMultiplier: noiseMultiplier)
        let factor = Float(1 / expectedBatch)
        var nextNorm: Double?
        let gradient: Parameters
        if case .adaptive(var settings) = clipping, let multiplier = gradientMultiplier {
            settings.norm = sum.sensitivity
            let released = sum.released(
                noiseMultiplier: multiplier, countDeviation: settings.countDeviation, noise: noise, scaledBy: factor)
            gradient = released.sum
            nextNorm = settings.updated(noisyCount: released.centredCount, expectedBatch: expectedBatch)
        } else {
            gradient = sum.released(noiseMultiplier: noiseMultiplier, noise: noise, scaledBy: factor)
        }
        return Release(gradient: gradient, event: event, nextNorm: nextNorm)
    }
}

/// Flat clipping with seeded noise is written as it was when there was nothing else, so that keys made of it hold.
extension GradientPrivacy: Codable {
    private enum CodingKeys: CodingKey { case clippingNorm, noiseMultiplier, clipping, noise, mechanism }

    /// Decodes settings; what is not mentioned is flat and seeded.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        clipping =
            try values.decodeIfPresent(Clipping.self, forKey: .clipping)
            ?? .flat(norm: try values.decode(Double.self, forKey: .clippingNorm))
        noiseMultiplier = try values.decode(Double.self, forKey: .noiseMultiplier)
        noise = try values.decodeIfPresent(Noise.self, forKey: .noise) ?? .seeded
        mechanism = try values.decodeIfPresent(Mechanism.self, forKey: .mechanism)
    }

    /// Encodes what differs from flat and seeded.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        if case .flat(let norm) = clipping {
            try values.encode(norm, forKey: .clippingNorm)
        } else {
            try values.encode(clipping, forKey: .clipping)
        }
        try values.encode(noiseMultiplier, forKey: .noiseMultiplier)
        if noise != .seeded { try values.encode(noise, forKey: .noise) }
        try values.encodeIfPresent(mechanism, forKey: .mechanism)
    }
}
