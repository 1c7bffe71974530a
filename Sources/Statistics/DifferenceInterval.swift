extension Estimate {
    /// Returns this value minus that of an independent estimate, with an interval; `nil` when their confidences differ.
    ///
    /// Each end of the interval combines the distances of the two estimates to the ends of their own intervals as the
    /// root of a sum of squares, so that asymmetric intervals of rates keep their shape.
    ///
    /// - Source: Zou and Donner 2008 (MOVER), Newcombe 1998 for rates.
    public func difference(from other: Estimate) -> Estimate? {
        guard interval.confidence == other.interval.confidence else { return nil }
        func root(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
        let difference = value - other.value
        return Estimate(
            difference,
            Interval(
                lower: difference - root(value - interval.lower, other.interval.upper - other.value),
                upper: difference + root(interval.upper - value, other.value - other.interval.lower),
                confidence: interval.confidence))
    }
}

extension Interval {
    /// Returns whether the two have a point in common.
    public func overlaps(_ other: Interval) -> Bool { lower <= other.upper && other.lower <= upper }
}
