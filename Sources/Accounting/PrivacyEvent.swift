/// What a mechanism did to the data, as far as privacy is concerned.
///
/// Sensitivity is 1 under adding or removing one record, so that it is at most 2 under replacing one; a noise multiplier
/// is the noise's standard deviation divided by the sensitivity. An event is a description and may hold impossible
/// numbers, for example after decoding: whoever accounts for it throws ``AccountingError``.
public indirect enum PrivacyEvent: Codable, Sendable, Hashable {
    /// Gaussian noise on a query of the whole data set.
    case gaussian(noiseMultiplier: Double)
    /// Gaussian noise on a query of a sample that took each record independently with probability `rate`.
    case poissonSampledGaussian(rate: Double, noiseMultiplier: Double)
    /// Laplace noise on a query of the whole data set, whose scale is `scale` times the query's sensitivity.
    case laplace(scale: Double)
    /// Something without noise, such as a clipped sum that was released as it is: no epsilon bounds it.
    case nonPrivate
    /// The best result of a random number of runs of the same event, the only one that is released.
    case repeatAndSelect(PrivacyEvent, trials: TrialCount)
    /// Several events on the same data, each chosen with knowledge of the results before it.
    case composed([PrivacyEvent])
    /// The same event over and over.
    case repeated(PrivacyEvent, count: Int)

    /// DP-SGD: one Poisson-sampled Gaussian per optimiser step.
    public static func dpSGD(rate: Double, noiseMultiplier: Double, steps: Int) -> PrivacyEvent {
        .repeated(.poissonSampledGaussian(rate: rate, noiseMultiplier: noiseMultiplier), count: steps)
    }
}
