import RealModule
import Statistics

/// Returns the largest ε that the guesses of one training rule out, with a confidence.
///
/// Each of m canaries was put in the training set by its own fair coin, and an attack guessed r of the coins from the
/// result, v of them right. Under (ε, 0)-differential privacy v is at most as large as a binomial of r trials with
/// e^ε/(1 + e^ε); a δ adds at most 2mδ·max_{1≤i≤v} Pr[v − i ≤ X < v]/i to the tail. Which canaries are guessed may depend
/// on their scores, how many (r) may not.
///
/// - Parameters:
///   - canaries: m, all whose coins were thrown, guessed or not.
///   - guesses: r, fixed without these scores.
///   - correct: v.
///   - delta: in [0, 1).
///   - confidence: in (0, 1); the bound exceeds the true ε with probability at most 1 − `confidence`.
/// - Returns: The bound, at least 0; 0 when nothing is ruled out.
/// - Throws: ``AccountingError`` for an impossible number of guesses, delta or confidence.
/// - Complexity: O(v) for each of about sixty steps.
/// - Source: Steinke, Nasr and Jagielski 2023, <https://arxiv.org/abs/2305.08846>.
public func oneRunEpsilon(
    canaries: Int, guesses: Int, correct: Int, delta: Double, confidence: Double
) throws(AccountingError) -> Double {
    let run = try OneRun(canaries: canaries, guesses: guesses, correct: correct)
    try AccountingError.checkDeltaOrZero(delta)
    try AccountingError.checkConfidence(confidence)
    return largestRuledOut { run.probability(epsilon: $0, delta: delta) <= 1 - confidence }
}

/// The outcome of one run.
struct OneRun {
    let canaries: Int
    let guesses: Int
    let correct: Int

    init(canaries: Int, guesses: Int, correct: Int) throws(AccountingError) {
        guard canaries > 0, correct >= 0, correct <= guesses, guesses <= canaries else {
            throw .guesses(canaries: canaries, guesses: guesses, correct: correct)
        }
        (self.canaries, self.guesses, self.correct) = (canaries, guesses, correct)
    }

    /// A bound on the probability of at least as many right guesses under (ε, δ)-differential privacy.
    func probability(epsilon: Double, delta: Double) -> Double {
        let rightness = 1 / (1 + Double.exp(-epsilon))
        let tail = Binomial(trials: guesses, probability: rightness).probability(atLeast: correct)
        guard delta > 0, correct > 0 else { return tail }
        return min(1, tail + 2 * Double(canaries) * delta * largestMeanBelow(epsilon))
    }

    /// The largest of Pr[v − i ≤ X < v]/i over i in 1…v: means of probabilities that end just below v.
    private func largestMeanBelow(_ epsilon: Double) -> Double {
        let n = Double(guesses)
        // ln q and ln(1 − q) of q = e^ε/(1 + e^ε), accurate for large ε, where q rounds to 1.
        let logRight = -Double.log(onePlus: Double.exp(-epsilon))
        let logWrong = -epsilon + logRight
        var (sum, best) = (0.0, 0.0)
        var k = Double(correct) - 1
        var log =
            logBinomialCoefficient(guesses, correct - 1) + k * logRight + (n - k) * logWrong
        while k >= 0 {
            let term = Double.exp(log)
            sum += term
            let mean = sum / (Double(correct) - k)
            best = max(best, mean)
            // Below the mode the probabilities fall, and once they are below the mean, it falls too.
            if term < mean, k < n * Double.exp(logRight) - 1 { break }
            log += Double.log(k / (n - k + 1)) - epsilon
            k -= 1
        }
        return best
    }
}

/// The largest ε that is ruled out, where every smaller one is too: the lower end of the last bracket, at least 0.
func largestRuledOut(_ isRuledOut: (Double) -> Bool) -> Double {
    guard isRuledOut(0) else { return 0 }
    var (lower, upper) = (0.0, 1.0)
    while isRuledOut(upper) {
        (lower, upper) = (upper, 2 * upper)
        if upper > 1e6 { return lower }
    }
    for _ in 0..<60 {
        let middle = (lower + upper) / 2
        if middle == lower || middle == upper { break }
        if isRuledOut(middle) { lower = middle } else { upper = middle }
    }
    return lower
}
