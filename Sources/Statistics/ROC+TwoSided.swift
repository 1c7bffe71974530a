extension ROC {
    /// Returns the area of the better direction, max(AUC, 1 − AUC), with the image of DeLong's interval.
    ///
    /// It shows a leak that an attack with the wrong sign hides. It is optimistic: the direction is chosen on the truth,
    /// so that it is never below ½ and above ½ on average even for random scores. An adversary without the truth does not
    /// have it. The interval starts at ½ when DeLong's contains ½.
    ///
    /// - Precondition: `confidence` in (0, 1).
    /// - Complexity: O(n)
    public func twoSidedAUC(confidence: Double) -> Estimate {
        let area = aucEstimate(confidence: confidence)
        let (lower, upper) = (area.interval.lower, area.interval.upper)
        let nearest = area.interval.contains(0.5) ? 0.5 : min(max(lower, 1 - lower), max(upper, 1 - upper))
        return Estimate(
            max(area.value, 1 - area.value),
            Interval(lower: nearest, upper: max(upper, 1 - lower), confidence: confidence))
    }
}
