import RealModule
import Statistics

/// A Gaussian release on data on which one outcome is far likelier than all others: what it cost on those data.
///
/// When the teachers of PATE agree, a moved vote hardly changes the noisy winner, so the release loses far less than its
/// worst case. How much less depends on the private votes: this value, and every number computed from it, tells about
/// them.
///
/// - Source: Papernot, Song, Mironov, Raghunathan, Talwar and Erlingsson 2018, "Scalable private learning with PATE",
///   <https://arxiv.org/abs/1802.08908>, theorem 6 and propositions 7, 8 and 10.
public struct LikelyOutcome: Sendable, Hashable {
    /// The noise's deviation divided by the sensitivity of what was noised.
    public let noiseMultiplier: Double
    /// ln q̃, where q̃ bounds the probability of any other outcome than the likeliest; at most 0.
    public let logError: Double

    /// Describes a release.
    ///
    /// - Throws: ``AccountingError/noiseMultiplier(_:)`` when it is not positive and finite.
    /// - Precondition: `logError` is not above 0.
    public init(noiseMultiplier: Double, logError: Double) throws(AccountingError) {
        try AccountingError.checkNoiseMultiplier(noiseMultiplier)
        precondition(logError <= 0, "an error of probability e^\(logError)")
        (self.noiseMultiplier, self.logError) = (noiseMultiplier, logError)
    }

    /// Describes GNMax, the class of the largest nⱼ + N(0, σ²).
    ///
    /// The likeliest class i* has the most votes, and q̃ = ½·Σ erfc((n_i* − n_i)/2σ) over the others, at most 1 − 1/m.
    ///
    /// - Parameters:
    ///   - votes: The number of votes of each of m classes; at least one class.
    ///   - sigma: The deviation σ of the noise on each number.
    /// - Returns: The release, with the noise multiplier σ/√2 of a vote that moves from one class to another.
    /// - Throws: ``AccountingError/noiseMultiplier(_:)`` when σ is not positive and finite.
    public static func noisyMaximum(votes: [Double], sigma: Double) throws(AccountingError) -> LikelyOutcome {
        guard let winner = votes.indices.max(by: { votes[$0] < votes[$1] }) else { preconditionFailure("no class") }
        try AccountingError.checkNoiseMultiplier(sigma)
        let losers = votes.indices.filter { $0 != winner }
        // ½·erfc(d/2σ) is Φ(−d/σ√2).
        let logs = losers.map { logNormalCDF((votes[$0] - votes[winner]) / (sigma * 2.0.squareRoot())) }
        let symmetric = Double.log(onePlus: -1 / Double(votes.count))
        return try LikelyOutcome(noiseMultiplier: sigma / 2.0.squareRoot(), logError: min(logSum(logs), symmetric))
    }

    /// Describes the check of a Confident-GNMax: whether the largest number of votes + N(0, σ₁²) reaches a threshold.
    ///
    /// - Parameters:
    ///   - votes: The number of votes of each class; at least one class.
    ///   - threshold: The threshold T.
    ///   - sigma: The deviation σ₁ of the noise.
    /// - Returns: The release, with the noise multiplier σ₁: one moved vote changes the largest number by 1 at most.
    /// - Throws: ``AccountingError/noiseMultiplier(_:)`` when σ₁ is not positive and finite.
    public static func threshold(
        votes: [Double], threshold: Double, sigma: Double
    ) throws(AccountingError) -> LikelyOutcome {
        guard let largest = votes.max() else { preconditionFailure("no class") }
        try AccountingError.checkNoiseMultiplier(sigma)
        let distance = abs(largest - threshold) / sigma
        return try LikelyOutcome(noiseMultiplier: sigma, logError: logNormalCDF(-distance))
    }

    /// Returns the Rényi divergence of an order, in nats: on these data, or the worst case when that is smaller.
    ///
    /// With the orders μ₂ = √2·z·√(ln 1/q̃) and μ₁ = μ₂ + 1 of proposition 10 (z the noise multiplier, for GNMax
    /// μ₂ = σ√(ln 1/q̃)), theorem 6 bounds it by ln((1−q̃)·A^(α−1) + q̃·B^(α−1))/(α−1), where
    /// A = (1−q̃)/(1 − (q̃·e^ε₂)^((μ₂−1)/μ₂)), B = e^ε₁/q̃^(1/(μ₁−1)) and εᵢ = μᵢ/2z².
    ///
    /// - Precondition: `order` > 1.
    /// - Complexity: O(1)
    public func divergence(order: Double) -> Double {
        precondition(order > 1, "an order of \(order)")
        return min(worstCase(order), onThese(order) ?? .infinity)
    }

    private func worstCase(_ order: Double) -> Double { order / 2 / noiseMultiplier / noiseMultiplier }

    /// The bound of theorem 6, `nil` where its conditions do not hold.
    private func onThese(_ order: Double) -> Double? {
        // A probability beyond the smallest number costs nothing that could be told from nothing.
        guard logError > -.infinity else { return 0 }
        let lower = noiseMultiplier * (-2 * logError).squareRoot()
        let upper = lower + 1
        guard lower > 1, order <= upper else { return nil }
        let (first, second) = (worstCase(upper), worstCase(lower))
        let correction = Double.log(upper / (upper - 1)) + Double.log(lower / (lower - 1))
        guard logError <= (lower - 1) * second - lower * correction, logError + second < 0 else { return nil }
        // Minus 1, the moment is a sum of positive terms, so a tiny divergence keeps its digits.
        let logRest = logOneMinusExp(logError)
        let likely = (order - 1) * (logRest - logOneMinusExp((logError + second) * (lower - 1) / lower))
        let other = (order - 1) * (first - logError / (upper - 1))
        let excess =
            Double.exp(logRest) * Double.expMinusOne(likely)
            - Double.exp(logError + other) * Double.expMinusOne(-other)
        return Double.log(onePlus: max(0, excess)) / (order - 1)
    }
}

/// ln(1 − eˣ) for x < 0 without cancellation.
private func logOneMinusExp(_ x: Double) -> Double {
    x > -0.6931 ? Double.log(-Double.expMinusOne(x)) : Double.log(onePlus: -Double.exp(x))
}

/// ln Σ eˣ without overflow.
private func logSum(_ terms: [Double]) -> Double {
    let largest = terms.reduce(-.infinity, max)
    guard largest.isFinite else { return largest }
    return largest + Double.log(terms.reduce(0) { $0 + Double.exp($1 - largest) })
}
