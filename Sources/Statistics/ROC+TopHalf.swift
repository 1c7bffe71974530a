extension ROC {
    /// The share of candidates that are called right when the half with the highest scores is called members.
    ///
    /// The threshold needs no truth but the knowledge that half of the candidates are members. Ties at the border are
    /// broken at random, and counted in expectation; of an odd number of candidates the smaller half is flagged. The
    /// interval is that of Clopper and Pearson for the share of members among the flagged, which is wide on purpose: as
    /// both counts are fixed, the true spread is smaller.
    ///
    /// - Precondition: `confidence` in (0, 1).
    /// - Complexity: O(n)
    /// - Source: Hilprecht, Härterich and Bernau 2019, who call it single membership inference.
    public func topHalfAccuracy(confidence: Double) -> Estimate {
        let flagged = (members + nonMembers) / 2
        var (hits, left) = (0.0, flagged)
        for group in groups where left > 0 {
            let size = group.members + group.nonMembers
            let taken = min(left, size)
            hits += Double(group.members) * Double(taken) / Double(size)
            left -= taken
        }
        // Called right are the hits and the non-members that are not among the flagged.
        func accuracy(_ hits: Double) -> Double {
            (2 * hits + Double(nonMembers - flagged)) / Double(members + nonMembers)
        }
        let share = Interval.exactRate(successes: hits, trials: Double(flagged), confidence: confidence)
        return Estimate(
            accuracy(hits),
            Interval(
                lower: max(0, accuracy(share.lower * Double(flagged))),
                upper: min(1, accuracy(share.upper * Double(flagged))), confidence: confidence))
    }
}
