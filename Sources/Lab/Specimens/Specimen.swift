/// The mechanisms of the lab: one that is what it claims, and those that are not.
public enum Specimen: String, Codable, Sendable, CaseIterable {
    /// What trainings do.
    case correct
    /// Clipped sums without noise.
    case noNoise = "no-noise"
    /// The batch's mean is clipped instead of the records.
    case meanClipping = "mean-clipping"
    /// Records enter batches ten times as often as claimed.
    case rateTimesTen = "rate-times-ten"
    /// The same noise at every step.
    case oneNoiseVector = "one-noise-vector"
    /// The means of microbatches are clipped instead of the records.
    case microbatchNorm = "microbatch-norm"
    /// Two thirds of the noise that is claimed.
    case twoThirdsOfTheNoise = "two-thirds-of-the-noise"
    /// One and a half times the noise that is claimed: private enough, but not what was said.
    case threeHalvesOfTheNoise = "three-halves-of-the-noise"

    /// Returns the mechanism that makes a claim.
    public func step(_ claim: MechanismClaim) -> any PrivateStep {
        let correct = Correct(claim)
        return switch self {
        case .correct: correct
        case .noNoise: NoNoise(correct: correct)
        case .meanClipping: MeanClipping(correct: correct)
        case .rateTimesTen: Correct(claim, batch: min(10 * claim.batch, claim.records))
        case .oneNoiseVector: OneNoiseVector(correct: correct)
        case .microbatchNorm: MicrobatchNorm(correct: correct)
        case .twoThirdsOfTheNoise: Correct(claim, noiseFactor: 2 / 3, batch: claim.batch)
        case .threeHalvesOfTheNoise: Correct(claim, noiseFactor: 1.5, batch: claim.batch)
        }
    }
}
