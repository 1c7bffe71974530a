/// Returns the mean of independent repetitions with Student's t interval.
///
/// The interval is exact for normal values and approximate otherwise; it is not clamped to a range.
///
/// - Throws: ``StatisticsError/tooFew(needed:found:)`` below two values: one repetition says nothing about the spread.
/// - Precondition: `confidence` in (0, 1).
/// - Source: Student 1908.
public func meanInterval(_ values: [Double], confidence: Double) throws(StatisticsError) -> Estimate {
    precondition(confidence > 0 && confidence < 1, "meanInterval: confidence \(confidence) outside (0, 1)")
    guard values.count >= 2 else { throw .tooFew(needed: 2, found: values.count) }
    let moments = Moments(of: values)
    let quantile = studentQuantile(twoSided: 1 - confidence, degreesOfFreedom: Double(values.count - 1))
    let halfWidth = quantile * (moments.sampleVariance / Double(values.count)).squareRoot()
    let interval = Interval(
        lower: moments.mean - halfWidth, upper: moments.mean + halfWidth, confidence: confidence)
    return Estimate(moments.mean, interval)
}

/// Returns t with Pr[|T| > t] = `twoSided`, from ν/(ν + T²) being beta distributed.
func studentQuantile(twoSided: Double, degreesOfFreedom: Double) -> Double {
    let x = inverseRegularizedIncompleteBeta(twoSided, degreesOfFreedom / 2, 0.5)
    return (degreesOfFreedom * (1 - x) / x).squareRoot()
}
