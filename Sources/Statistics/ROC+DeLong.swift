import RealModule

extension ROC {
    /// Returns the area under the curve with an interval from DeLong's variance on the logit scale.
    ///
    /// On the logit scale the interval stays inside (0, 1) and covers better near the ends than the plain one. DeLong's
    /// variance is zero when the scores separate perfectly or are all equal, and undefined with a single member or
    /// non-member. Then k = min(members, non-members) disjoint pairs are used instead: each is an independent
    /// trial that a member outscores a non-member, so the interval is Clopper and Pearson's for k trials at the observed
    /// area. It is wide on purpose: ten against ten records without an error say "at least 0.69" at 95 %, not "1".
    ///
    /// - Precondition: `confidence` in (0, 1).
    /// - Complexity: O(n)
    /// - Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014 for the linear form.
    /// - Deviation: the logit scale and the fallback.
    public func aucEstimate(confidence: Double) -> Estimate {
        precondition(confidence > 0 && confidence < 1, "aucEstimate: confidence \(confidence) outside (0, 1)")
        let area = auc
        // Two equal placements can differ in their last bit, so "zero" must have a width.
        guard let variance = delongVariance, variance > 1e-24, area > 0, area < 1 else {
            let pairs = Double(min(members, nonMembers))
            return Estimate(area, .exactRate(successes: area * pairs, trials: pairs, confidence: confidence))
        }
        let logit = Double.log(area) - Double.log(onePlus: -area)
        let halfWidth = normalQuantile((1 + confidence) / 2) * variance.squareRoot() / (area * (1 - area))
        func logistic(_ x: Double) -> Double { 1 / (1 + Double.exp(-x)) }
        return Estimate(
            area,
            Interval(
                lower: logistic(logit - halfWidth), upper: logistic(logit + halfWidth), confidence: confidence))
    }

    /// DeLong's variance of ``auc``; `nil` with fewer than two members or non-members.
    ///
    /// The placement of a member is the share of non-members below it, ties half; that of a non-member, the share of
    /// members above it. The variance is the sum of the placements' sample variances over their counts.
    var delongVariance: Double? {
        guard members > 1, nonMembers > 1 else { return nil }
        let area = auc
        var (memberSquares, nonMemberSquares) = (0.0, 0.0)
        for (group, placement) in zip(groups, placements) {
            let (ofMembers, ofNonMembers) = (placement.ofMembers - area, placement.ofNonMembers - area)
            memberSquares += Double(group.members) * ofMembers * ofMembers
            nonMemberSquares += Double(group.nonMembers) * ofNonMembers * ofNonMembers
        }
        return memberSquares / Double(members - 1) / Double(members)
            + nonMemberSquares / Double(nonMembers - 1) / Double(nonMembers)
    }

    /// The placements of the members and non-members of each tie group.
    var placements: [(ofMembers: Double, ofNonMembers: Double)] {
        var (membersAbove, nonMembersAbove) = (0, 0)
        return groups.map { group in
            let below = Double(nonMembers - nonMembersAbove) - Double(group.nonMembers) / 2
            let above = Double(membersAbove) + Double(group.members) / 2
            membersAbove += group.members
            nonMembersAbove += group.nonMembers
            return (below / Double(nonMembers), above / Double(members))
        }
    }
}
