import RealModule

extension AuditMethod {
    /// The lower bound for one record from a test in which each trial added or removed `copies` equal records.
    ///
    /// (ε, δ) for one record promises (kε, δ_k) to a group, with the δ_k of ``groupPrivacy(epsilon:delta:size:)``, so the
    /// largest ε is sought whose group promise is ruled out. A Gaussian trade-off has the exact μ/k.
    ///
    /// - Source: Jagielski, Ullman and Oprea 2020, who divide by k; the growth of δ is kept here.
    func bound(
        _ counts: BinaryCounts, copies: Int, delta: Double, confidence: Double
    ) throws(AccountingError) -> (lower: Double, upper: Double?) {
        switch self {
        case .clopperPearson:
            return (
                try grouped(copies, delta) { value throws(AccountingError) in
                    try clopperPearsonEpsilon(counts, delta: value, confidence: confidence)
                }, nil
            )
        case .gaussian:
            return (try gaussianFit(counts, confidence: confidence).share(copies, delta), nil)
        case .bayesian:
            let interval = try bayesianEpsilon(counts, copies: copies, delta: delta, confidence: confidence)
            return (interval.lower, interval.upper)
        case .oneRun, .gaussianOneRun: preconditionFailure("\(rawValue) reads guesses")
        }
    }

    /// The lower bound for one record from guesses of coins, each of which decided on `copies` equal records.
    func bound(
        _ coins: CoinGuesses, copies: Int, delta: Double, confidence: Double
    ) throws(AccountingError) -> Double {
        let (m, r, v) = (coins.canaries, coins.guesses, coins.correct)
        guard self == .oneRun else {
            return try gaussianOneRunFit(canaries: m, guesses: r, correct: v, confidence: confidence)
                .share(copies, delta)
        }
        return try grouped(copies, delta) { value throws(AccountingError) in
            try oneRunEpsilon(canaries: m, guesses: r, correct: v, delta: value, confidence: confidence)
        }
    }
}

extension GaussianDP {
    /// The ε at `delta` of one of `copies` equal records that are together as private as this.
    fileprivate func share(_ copies: Int, _ delta: Double) throws(AccountingError) -> Double {
        try GaussianDP(mu: mu / Double(copies)).epsilon(delta: delta)
    }
}

/// The largest ε for one record whose promise to a group lies below the bound at the group's δ.
private func grouped(
    _ copies: Int, _ delta: Double, _ bound: (Double) throws(AccountingError) -> Double
) throws(AccountingError) -> Double {
    guard copies >= 1 else { throw .groupSize(copies) }
    let single = try bound(delta)
    // The group's δ is at least one record's, so the bound can only fall.
    if copies == 1 || single == 0 { return single }
    var (lower, upper) = (0.0, single / Double(copies))
    for _ in 0..<50 {
        let middle = (lower + upper) / 2
        let group = try groupPromise(epsilon: middle, delta: delta, size: copies)
        if group.delta < 1, try bound(group.delta) > group.epsilon { lower = middle } else { upper = middle }
    }
    return lower
}

/// What one record's promise says of a group; δ may be 0.
func groupPromise(
    epsilon: Double, delta: Double, size: Int
) throws(AccountingError) -> (epsilon: Double, delta: Double) {
    delta == 0
        ? (Double(size) * epsilon, 0) : try groupPrivacy(epsilon: epsilon, delta: delta, size: size)
}
