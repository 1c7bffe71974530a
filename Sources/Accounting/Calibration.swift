/// Returns the smallest noise multiplier for which DP-SGD stays within an epsilon, rounded up.
///
/// The result always satisfies the target under ``RenyiAccountant``, and `tolerance` less noise does not, unless the
/// result is the smallest that is tried, 0.001.
///
/// - Throws: ``AccountingError`` for impossible parameters, and ``AccountingError/unreachable(epsilon:smallest:)`` when
///   the orders cannot express so small an epsilon at any noise.
/// - Complexity: some thirty accountings, tens of milliseconds.
public func noiseMultiplier(
    epsilon: Double, delta: Double, rate: Double, steps: Int, conversion: RenyiAccountant.Conversion = .improved,
    orders: [Double] = RenyiAccountant.defaultOrders, tolerance: Double = 1e-4
) throws(AccountingError) -> Double {
    guard tolerance > 0 else { throw .tolerance(tolerance) }
    try AccountingError.checkEpsilon(epsilon)
    func isPrivate(_ sigma: Double) throws(AccountingError) -> Bool {
        let event = PrivacyEvent.dpSGD(rate: rate, noiseMultiplier: sigma, steps: steps)
        return try RenyiAccountant(event, orders: orders).epsilon(delta: delta, conversion: conversion).epsilon
            <= epsilon
    }
    var (lower, upper) = (1e-3, 1.0)
    if try isPrivate(lower) { return lower }
    // Noise removes the divergence but not what the conversion adds. (Below that, only the total variation can help, at
    // some 1/δ times the noise, which nobody wants to be handed as an answer.)
    let floor = max(0, orders.map { RenyiAccountant.surcharge($0, delta, conversion) }.reduce(.infinity, min))
    while try !isPrivate(upper) {
        (lower, upper) = (upper, 2 * upper)
        guard epsilon > floor, upper < 1e9 else { throw .unreachable(epsilon: epsilon, smallest: floor) }
    }
    while upper - lower > tolerance {
        let middle = (lower + upper) / 2
        if middle == lower || middle == upper { break }
        if try isPrivate(middle) { upper = middle } else { lower = middle }
    }
    return upper
}
