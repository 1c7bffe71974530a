import RealModule

// Intervals of a rate that was observed as `successes` out of `trials`.

extension Interval {
    /// Returns Clopper and Pearson's interval of a rate: it covers at least as often as it says, at every true rate.
    ///
    /// Each end alone is a one-sided limit that fails with probability at most (1 − `confidence`)/2; an audit that
    /// wants one limit at level β asks for confidence 1 − 2β.
    ///
    /// - Precondition: 0 ≤ `successes` ≤ `trials`, `trials` > 0, `confidence` in (0, 1).
    /// - Source: Clopper and Pearson 1934.
    public static func clopperPearson(successes: Int, trials: Int, confidence: Double) -> Interval {
        checkRate(successes, trials, confidence)
        return exactRate(successes: Double(successes), trials: Double(trials), confidence: confidence)
    }

    /// Returns Wilson's score interval of a rate: it covers as often as it says on average, and is shorter.
    ///
    /// - Precondition: 0 ≤ `successes` ≤ `trials`, `trials` > 0, `confidence` in (0, 1).
    /// - Source: Wilson 1927, without continuity correction.
    public static func wilson(successes: Int, trials: Int, confidence: Double) -> Interval {
        checkRate(successes, trials, confidence)
        let (n, z) = (Double(trials), normalQuantile((1 + confidence) / 2))
        let rate = Double(successes) / n
        let scale = 1 + z * z / n
        let center = (rate + z * z / (2 * n)) / scale
        let halfWidth = z / scale * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
        // At the two extremes one end is exactly 0 or 1, but not in floating point.
        return Interval(
            lower: successes == 0 ? 0 : center - halfWidth, upper: successes == trials ? 1 : center + halfWidth,
            confidence: confidence)
    }

    /// Clopper and Pearson's interval, with fractions of a success allowed.
    package static func exactRate(successes: Double, trials: Double, confidence: Double) -> Interval {
        let tail = (1 - confidence) / 2
        let failures = trials - successes
        return Interval(
            lower: successes <= 0 ? 0 : inverseRegularizedIncompleteBeta(tail, successes, failures + 1),
            upper: failures <= 0 ? 1 : inverseRegularizedIncompleteBeta(1 - tail, successes + 1, failures),
            confidence: confidence)
    }

    private static func checkRate(_ successes: Int, _ trials: Int, _ confidence: Double) {
        precondition(trials > 0 && successes >= 0 && successes <= trials, "rate: \(successes) of \(trials)")
        precondition(confidence > 0 && confidence < 1, "confidence \(confidence) outside (0, 1)")
    }
}
