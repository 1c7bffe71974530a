/// How a lower bound on ε is computed.
public enum AuditMethod: String, Codable, Sendable, CaseIterable {
    /// ``clopperPearsonEpsilon(_:delta:confidence:)``.
    case clopperPearson = "clopper-pearson"
    /// ``gaussianEpsilon(_:delta:confidence:)``.
    case gaussian
    /// ``oneRunEpsilon(canaries:guesses:correct:delta:confidence:)``.
    case oneRun = "one-run"
    /// ``gaussianOneRunEpsilon(canaries:guesses:correct:delta:confidence:)``.
    case gaussianOneRun = "gaussian-one-run"
    /// ``bayesianEpsilon(_:delta:confidence:)``.
    case bayesian

    /// Whether it reads guesses of coins and not two rates.
    public var readsGuesses: Bool { self == .oneRun || self == .gaussianOneRun }

    /// Whether it bounds the ε of every mechanism, so that exceeding a claim refutes it.
    ///
    /// A Gaussian fit that exceeds a claim may only say that the mechanism is not Gaussian, and a credible interval has
    /// a prior.
    public var holdsForEveryMechanism: Bool { self == .clopperPearson || self == .oneRun }

    /// What it assumes, in words.
    public var assumption: String {
        switch self {
        case .clopperPearson: "candidates are independent trials; any mechanism"
        case .gaussian: "candidates are independent trials; the trade-off is Gaussian"
        case .oneRun: "each candidate was in by its own fair coin; any mechanism"
        case .gaussianOneRun: "each candidate was in by its own fair coin; the trade-off is Gaussian"
        case .bayesian: "candidates are independent trials; Jeffreys' priors, a credible interval and no proof"
        }
    }
}
