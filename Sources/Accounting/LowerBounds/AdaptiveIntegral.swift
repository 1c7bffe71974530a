/// Returns the integral of a continuous function over an interval, by Simpson's rule with halving where it is rough.
///
/// - Parameters:
///   - start: the lower end.
///   - end: the upper end, at least `start`.
///   - tolerance: of the result, absolute, as estimated by halving once more.
///   - function: continuous; corners should be ends.
/// - Returns: The integral.
/// - Complexity: at least 40 calls of the function; at most 2²⁹.
/// - Source: Lyness 1969, with the error estimate divided by 15 and added.
func adaptiveIntegral(
    from start: Double, to end: Double, tolerance: Double = 1e-10, _ function: (Double) -> Double
) -> Double {
    let panels = 8
    let width = (end - start) / Double(panels)
    guard width > 0 else { return 0 }
    return (0..<panels).reduce(0) { sum, panel in
        let left = start + Double(panel) * width
        let right = panel == panels - 1 ? end : left + width
        let piece = SimpsonPanel(
            left: left, right: right, values: (function(left), function((left + right) / 2), function(right)))
        return sum + piece.refined(tolerance / Double(panels), depth: 26, function)
    }
}

/// An interval with the values at its ends and in its middle.
private struct SimpsonPanel {
    let left: Double
    let right: Double
    let values: (Double, Double, Double)

    var integral: Double { (right - left) / 6 * (values.0 + 4 * values.1 + values.2) }

    func refined(_ tolerance: Double, depth: Int, _ function: (Double) -> Double) -> Double {
        let middle = (left + right) / 2
        let first = SimpsonPanel(
            left: left, right: middle, values: (values.0, function((left + middle) / 2), values.1))
        let second = SimpsonPanel(
            left: middle, right: right, values: (values.1, function((middle + right) / 2), values.2))
        let excess = first.integral + second.integral - integral
        if abs(excess) <= 15 * tolerance || depth == 0 || middle <= left || middle >= right {
            return first.integral + second.integral + excess / 15
        }
        return first.refined(tolerance / 2, depth: depth - 1, function)
            + second.refined(tolerance / 2, depth: depth - 1, function)
    }
}
