/// Returns the area under one score's ROC curve minus that of another on the same candidates, with an interval.
///
/// Scores of the same candidates go up and down together, so the difference is known better than two areas apart.
/// Where the variance is zero, as for scores that both separate perfectly, the two are taken for independent instead,
/// which is wide on purpose.
///
/// - Parameters:
///   - scores: of each candidate; higher means member.
///   - others: the other scores of the same candidates.
///   - isMember: the truth.
///   - confidence: of the interval, in (0, 1).
/// - Returns: the difference, positive where `scores` tell members better.
/// - Throws: ``StatisticsError`` as ``ROC/init(scores:isMember:)``.
/// - Source: DeLong, DeLong and Clarke-Pearson 1988, whose covariance of placements it is.
/// - Deviation: the fallback.
/// - Complexity: O(n log n)
public func areaDifference(
    _ scores: [Double], minus others: [Double], isMember: [Bool], confidence: Double
) throws(StatisticsError) -> Estimate {
    precondition(confidence > 0 && confidence < 1, "areaDifference: confidence \(confidence) outside (0, 1)")
    let (first, second) = (
        try ROC(scores: scores, isMember: isMember), try ROC(scores: others, isMember: isMember)
    )
    let independent = first.aucEstimate(confidence: confidence)
        .difference(from: second.aucEstimate(confidence: confidence))
    let difference = first.auc - second.auc
    let fallback = independent ?? Estimate(difference, Interval(lower: -1, upper: 1, confidence: confidence))
    guard first.members > 1, first.nonMembers > 1 else { return fallback }
    let placements = zip(placements(scores, isMember), placements(others, isMember)).map { $0 - $1 }
    let variance = [true, false].reduce(0.0) { sum, side in
        let own = Moments(of: placements.indices.filter { isMember[$0] == side }.map { placements[$0] })
        return sum + own.sampleVariance / Double(own.count)
    }
    // Two equal placements can differ in their last bit, so "zero" must have a width.
    guard variance > 1e-24 else { return fallback }
    let halfWidth = normalQuantile((1 + confidence) / 2) * variance.squareRoot()
    return Estimate(
        difference,
        Interval(lower: max(-1, difference - halfWidth), upper: min(1, difference + halfWidth), confidence: confidence))
}

/// Of each member the share of non-members below it, of each non-member the share of members above it; ties half.
private func placements(_ scores: [Double], _ isMember: [Bool]) -> [Double] {
    let members = scores.indices.filter { isMember[$0] }.map { scores[$0] }.sorted()
    let others = scores.indices.filter { !isMember[$0] }.map { scores[$0] }.sorted()
    return scores.indices.map { index in
        let (rivals, score) = (isMember[index] ? others : members, scores[index])
        let below = rivals.countBelow { $0 < score }
        let notAbove = rivals.countBelow { $0 <= score }
        let share = (Double(below) + Double(notAbove - below) / 2) / Double(rivals.count)
        return isMember[index] ? share : 1 - share
    }
}

extension [Double] {
    /// How many elements of a sorted array come before the first of which `isBelow` does not hold.
    fileprivate func countBelow(_ isBelow: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBelow(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
