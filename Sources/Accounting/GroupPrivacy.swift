import RealModule

/// Returns what an (ε, δ) for one record promises to a group, such as the copies of a repeated canary.
///
/// It is (kε, δ·(e^(kε) − 1)/(e^ε − 1)): k applications of the definition, one record at a time. It holds for every
/// mechanism, and is loose for Gaussian ones: ask ``RenyiAccountant/groupEpsilon(size:delta:conversion:)`` for a given
/// δ, and ``GaussianDP/group(of:)`` when there is no sampling.
///
/// - Returns: The group's ε, and its δ capped at 1, where nothing is promised any more.
/// - Throws: ``AccountingError`` for a negative epsilon, a delta outside (0, 1), a size below 1.
/// - Source: Vadhan 2017, "The Complexity of Differential Privacy", lemma 2.2, with the geometric sum kept.
public func groupPrivacy(
    epsilon: Double, delta: Double, size: Int
) throws(AccountingError) -> (epsilon: Double, delta: Double) {
    try AccountingError.checkEpsilon(epsilon)
    try AccountingError.checkDelta(delta)
    guard size >= 1 else { throw .groupSize(size) }
    if size == 1 { return (epsilon, delta) }
    return (Double(size) * epsilon, min(1, Double.exp(logGroupDelta(epsilon, Double.log(delta), size))))
}

/// ln δ + ln((e^(kε) − 1)/(e^ε − 1)), where the second logarithm tends to ln k for small ε and to (k−1)ε for large.
private func logGroupDelta(_ epsilon: Double, _ logDelta: Double, _ size: Int) -> Double {
    if epsilon == .infinity { return .infinity }
    let k = Double(size)
    if k * epsilon < 1e-12 { return logDelta + Double.log(k) }
    let ratio = Double.expMinusOne(-k * epsilon) / Double.expMinusOne(-epsilon)
    return logDelta + (k - 1) * epsilon + Double.log(ratio)
}

extension RenyiAccountant {
    /// Returns an epsilon that holds for a group of `size` records together, at the group's own delta.
    ///
    /// One record's delta is chosen so small that ``groupPrivacy(epsilon:delta:size:)`` arrives at `delta`. This is a
    /// valid bound and not the tightest: copies of one record under sampling lose less than k separate records.
    ///
    /// - Returns: The bound; infinite when no delta above 10⁻³⁰⁰ for one record suffices.
    /// - Throws: ``AccountingError`` for a delta outside (0, 1) or a size below 1.
    /// - Complexity: about a hundred conversions.
    public func groupEpsilon(
        size: Int, delta: Double, conversion: Conversion = .improved
    ) throws(AccountingError) -> Double {
        try AccountingError.checkDelta(delta)
        guard size >= 1 else { throw .groupSize(size) }
        if size == 1 { return try epsilon(delta: delta, conversion: conversion).epsilon }
        let logTarget = Double.log(delta)
        // The largest admissible delta gives the smallest epsilon. `lower` is admissible throughout.
        var (lower, upper) = (Double.log(1e-300), logTarget)
        guard try groupLogDelta(size, lower, conversion) <= logTarget else { return .infinity }
        for _ in 0..<100 {
            let middle = (lower + upper) / 2
            if try groupLogDelta(size, middle, conversion) <= logTarget { lower = middle } else { upper = middle }
        }
        return Double(size) * (try epsilon(delta: Double.exp(lower), conversion: conversion).epsilon)
    }

    private func groupLogDelta(
        _ size: Int, _ logDelta: Double, _ conversion: Conversion
    ) throws(AccountingError) -> Double {
        let bound = try epsilon(delta: Double.exp(logDelta), conversion: conversion)
        return logGroupDelta(bound.epsilon, logDelta, size)
    }
}
