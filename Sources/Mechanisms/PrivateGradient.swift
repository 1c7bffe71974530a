public import Accounting
public import Autograd

/// The settings of DP-SGD.
public struct GradientPrivacy: Codable, Sendable, Equatable {
    /// The norm to which each record's gradient is clipped.
    public var clippingNorm: Double
    /// The deviation of the noise in units of the clipping norm.
    public var noiseMultiplier: Double
    /// How gradients are released; `nil` for DP-SGD.
    public var mechanism: Mechanism?

    /// Creates settings.
    public init(clippingNorm: Double, noiseMultiplier: Double) {
        precondition(clippingNorm > 0 && noiseMultiplier > 0, "clipping \(clippingNorm), noise \(noiseMultiplier)")
        self.clippingNorm = clippingNorm
        self.noiseMultiplier = noiseMultiplier
    }

    /// Releases the noisy mean gradient of a Poisson batch and the event to account for.
    ///
    /// The sum is divided by the *expected* batch size: the realised one is private.
    /// - Source: Abadi et al. 2016, Algorithm 1.
    public func release(
        _ sum: consuming BoundedSum, samplingRate: Double, expectedBatch: Double, noise: NoiseSource
    ) -> (gradient: Parameters, event: PrivacyEvent) {
        var gradient = sum.released(noiseMultiplier: noiseMultiplier, noise: noise)
        gradient.scale(by: Float(1 / expectedBatch))
        return (gradient, .poissonSampledGaussian(rate: samplingRate, noiseMultiplier: noiseMultiplier))
    }
}
