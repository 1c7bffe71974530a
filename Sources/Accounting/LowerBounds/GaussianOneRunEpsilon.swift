import RealModule
import Statistics

/// Returns the largest ε of a Gaussian mechanism that the guesses of one training rule out, with a confidence.
///
/// The same experiment as in ``oneRunEpsilon(canaries:guesses:correct:delta:confidence:)``, but the whole trade-off curve of
/// a Gaussian mechanism is tested and not only its (ε, δ) at one point, which loses less. It is a bound if the
/// mechanism's trade-off is at least as private as a Gaussian of some μ, and that μ is converted to ε at `delta`.
///
/// - Parameters:
///   - canaries: m, all whose coins were thrown, guessed or not.
///   - guesses: r, fixed without these scores.
///   - correct: v.
///   - delta: in (0, 1), for the conversion only; no Gaussian mechanism has a finite ε at 0.
///   - confidence: in (0, 1).
/// - Returns: The bound, at least 0; 0 when nothing is ruled out.
/// - Throws: ``AccountingError`` for an impossible number of guesses, delta or confidence.
/// - Complexity: O(v) normal quantiles for each of about sixty steps.
/// - Source: Mahloujifar, Melis and Chaudhuri 2025, <https://arxiv.org/abs/2410.22235>, for k = 2 options.
public func gaussianOneRunEpsilon(
    canaries: Int, guesses: Int, correct: Int, delta: Double, confidence: Double
) throws(AccountingError) -> Double {
    try AccountingError.checkDelta(delta)
    return try gaussianOneRunFit(canaries: canaries, guesses: guesses, correct: correct, confidence: confidence)
        .epsilon(delta: delta)
}

/// Returns the largest μ of Gaussian differential privacy that the guesses of one training rule out, with a confidence.
///
/// - Parameters:
///   - canaries: m, all whose coins were thrown, guessed or not.
///   - guesses: r, fixed without these scores.
///   - correct: v.
///   - confidence: in (0, 1).
/// - Returns: The least private Gaussian mechanism that is ruled out, at its limit.
/// - Throws: ``AccountingError`` for an impossible number of guesses or confidence.
/// - Complexity: O(v) normal quantiles for each of about sixty steps.
/// - Source: Mahloujifar, Melis and Chaudhuri 2025.
public func gaussianOneRunFit(
    canaries: Int, guesses: Int, correct: Int, confidence: Double
) throws(AccountingError) -> GaussianDP {
    let run = try OneRun(canaries: canaries, guesses: guesses, correct: correct)
    try AccountingError.checkConfidence(confidence)
    guard correct > 0 else { return GaussianDP(mu: 0) }
    return GaussianDP(mu: largestRuledOut { run.isImpossible(mu: $0, tail: 1 - confidence) })
}

extension OneRun {
    /// Whether no μ-Gaussian mechanism lets a guesser be right at least v times with probability `tail`.
    ///
    /// With p_i the probability of exactly i right guesses, let R_c = Σ_{i≥c} (i/m)·p_i and W_c = Σ_{i≥c} ((r − i)/m)·p_i:
    /// the chances that a random canary is guessed right, or wrong, in such a run. Flipping its coin turns one right
    /// guess into a wrong one, so R_{c+1} ≤ Φ(μ + Φ⁻¹(W_c)). From the tail downwards this forces probability on every c;
    /// if R_0 + W_0 must exceed r/m, the probabilities exceed 1 and the tail is impossible.
    func isImpossible(mu: Double, tail: Double) -> Bool {
        let (m, r) = (Double(canaries), Double(guesses))
        // The least demanding tail has exactly v right guesses.
        var right = tail * Double(correct) / m
        var wrong = tail * (r - Double(correct)) / m
        for c in stride(from: correct - 1, through: 0, by: -1) {
            if right + wrong > r / m { return true }
            let needed = max(wrong, normalCDF(normalQuantile(right) - mu))
            right += Double(c) / (r - Double(c)) * (needed - wrong)
            wrong = needed
        }
        return right + wrong > r / m
    }
}
