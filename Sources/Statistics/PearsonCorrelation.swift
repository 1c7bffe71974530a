/// Returns Pearson's correlation of paired values, in [−1, 1]; `nil` when either side is constant.
///
/// - Precondition: as many `x` as `y`, at least one.
/// - Complexity: O(n)
public func pearsonCorrelation(_ x: [Double], _ y: [Double]) -> Double? {
    precondition(x.count == y.count, "pearsonCorrelation: \(x.count) and \(y.count) values")
    let (left, right) = (Moments(of: x), Moments(of: y))
    let scale = left.populationStandardDeviation * right.populationStandardDeviation
    guard scale > 0 else { return nil }
    let products = zip(x, y).reduce(0) { $0 + ($1.0 - left.mean) * ($1.1 - right.mean) }
    return min(1, max(-1, products / Double(x.count) / scale))
}
