/// The ROC of several targets' scores together, with intervals that treat each target as one observation.
///
/// When each model of a pool is the target once, the same records are scored many times, and the scores of one target
/// share its training. Pooling them as if they were independent gives intervals that are far too narrow. The jackknife
/// leaves out one target at a time and sees what moves.
///
/// - Source: Tukey 1958 and Quenouille 1956 for the jackknife; Obuchowski 1997 on clustered ROC data.
/// - Deviation: the jackknife of a rate at a threshold is consistent for many candidates per target, not for few: with
///   a handful of false positives below the threshold it is rough.
/// - Complexity: O(n log n) to create for n candidates of all targets, O(n) memory.
public struct ClusteredROC: Sendable {
    private struct Candidate {
        var score: Double
        var target: Int32
        var isMember: Bool
        /// Whether the next candidate scores less, so that a threshold can lie here.
        var endsTie = true
    }

    /// The ROC of each target by itself.
    public let targets: [ROC]
    /// The number of members of all targets together.
    public let members: Int
    /// The number of non-members of all targets together.
    public let nonMembers: Int
    /// From the highest score to the lowest.
    private let candidates: [Candidate]

    /// Sorts the scores of all targets.
    ///
    /// - Parameters:
    ///   - scores: one array per target; scores of different targets must be comparable.
    ///   - isMember: the truth in the same shape.
    /// - Throws: ``StatisticsError`` when the shapes differ, for fewer than two targets, and when one target lacks members
    ///   or non-members or has a score that is not a number.
    public init(scores: [[Double]], isMember: [[Bool]]) throws(StatisticsError) {
        guard scores.count == isMember.count else {
            throw .countsDiffer(scores: scores.count, labels: isMember.count)
        }
        guard scores.count >= 2 else { throw .tooFew(needed: 2, found: scores.count) }
        var targets: [ROC] = []
        for (own, truth) in zip(scores, isMember) { targets.append(try ROC(scores: own, isMember: truth)) }
        self.targets = targets
        members = targets.reduce(0) { $0 + $1.members }
        nonMembers = targets.reduce(0) { $0 + $1.nonMembers }
        candidates = Self.sorted(scores, isMember)
    }

    private static func sorted(_ scores: [[Double]], _ isMember: [[Bool]]) -> [Candidate] {
        var candidates: [Candidate] = []
        candidates.reserveCapacity(scores.reduce(0) { $0 + $1.count })
        for target in scores.indices {
            for (score, isMember) in zip(scores[target], isMember[target]) {
                candidates.append(Candidate(score: score, target: Int32(target), isMember: isMember))
            }
        }
        candidates.sort { $0.score > $1.score }
        for index in candidates.indices.dropLast() {
            candidates[index].endsTie = candidates[index].score != candidates[index + 1].score
        }
        return candidates
    }

    /// The pairs of a member and a non-member that the member wins, in halves: all, and those that each target is part of.
    private struct Wins {
        var all = 0
        var ofMembers: [Int]
        var ofNonMembers: [Int]
        var within: [Int]

        init(targets: Int) {
            let zeros = [Int](repeating: 0, count: targets)
            (ofMembers, ofNonMembers, within) = (zeros, zeros, zeros)
        }
    }

    /// The area under the pooled curve: the probability that a member of any target outscores a non-member of any.
    ///
    /// - Complexity: O(n)
    public var auc: Double {
        Double(wins.all) / 2 / (Double(members) * Double(nonMembers))
    }

    /// Returns the pooled area with the jackknife's standard error and Student's interval on the logit scale.
    ///
    /// Where the logit scale has no answer (all pairs won or lost) the interval is Clopper and Pearson's for as many
    /// disjoint pairs as one target has on average.
    ///
    /// - Precondition: `confidence` in (0, 1).
    /// - Complexity: O(n)
    public func aucEstimate(confidence: Double) -> ClusteredEstimate {
        let wins = wins
        let leavingOut = targets.indices.map { target -> Double in
            let rest = wins.all - wins.ofMembers[target] - wins.ofNonMembers[target] + wins.within[target]
            let pairs =
                Double(members - targets[target].members) * Double(nonMembers - targets[target].nonMembers)
            return Double(rest) / 2 / pairs
        }
        return ClusteredEstimate(
            share: Double(wins.all) / 2 / (Double(members) * Double(nonMembers)), leavingOut: leavingOut,
            trials: Double(min(members, nonMembers)) / Double(targets.count), confidence: confidence)
    }

    /// One pass from the top: a non-member loses to the members above it, and half to those it ties with.
    private var wins: Wins {
        var wins = Wins(targets: targets.count)
        var above = (members: 0, nonMembers: 0)
        var aboveOwn = [Int](repeating: 0, count: targets.count)
        var start = 0
        while start < candidates.count {
            var end = start
            while !candidates[end].endsTie { end += 1 }
            let tie = candidates[start...end]
            let tiedMembers = tie.reduce(0) { $0 + ($1.isMember ? 1 : 0) }
            let tiedNonMembers = tie.count - tiedMembers
            for candidate in tie where candidate.isMember {
                let below = nonMembers - above.nonMembers - tiedNonMembers
                wins.ofMembers[Int(candidate.target)] += 2 * below + tiedNonMembers
                aboveOwn[Int(candidate.target)] += 1
            }
            var tiedOwn: [Int32: Int] = [:]
            if tie.count > 1 {
                for candidate in tie where candidate.isMember { tiedOwn[candidate.target, default: 0] += 1 }
            }
            for candidate in tie where !candidate.isMember {
                let own = Int(candidate.target)
                wins.ofNonMembers[own] += 2 * above.members + tiedMembers
                wins.within[own] += 2 * aboveOwn[own] - (tiedOwn[candidate.target] ?? 0)
            }
            wins.all += tiedNonMembers * (2 * above.members + tiedMembers)
            above = (above.members + tiedMembers, above.nonMembers + tiedNonMembers)
            start = end + 1
        }
        return wins
    }

    /// The largest true-positive minus false-positive rate of one threshold for all targets; optimistic, see
    /// ``ROC/advantage``.
    ///
    /// - Complexity: O(n)
    public var advantage: Double {
        var (seen, best) = (Flagged(), 0.0)
        for candidate in candidates {
            if candidate.isMember { seen.members += 1 } else { seen.nonMembers += 1 }
            guard candidate.endsTie else { continue }
            best = max(best, Double(seen.members) / Double(members) - Double(seen.nonMembers) / Double(nonMembers))
        }
        return best
    }

    /// What one threshold flags.
    private struct Flagged {
        var members = 0
        var nonMembers = 0
        var threshold: Double?
    }

    /// What the lowest threshold flags whose false-positive rate is at most `target` when one target is left out.
    private func flagged(atFalsePositiveRate rate: Double, leavingOut: Int?) -> Flagged {
        let left = leavingOut.map { Int32($0) } ?? -1
        let total = Double(nonMembers - (leavingOut.map { targets[$0].nonMembers } ?? 0))
        var (seen, flagged) = (Flagged(), Flagged())
        for candidate in candidates {
            if candidate.target != left {
                if candidate.isMember { seen.members += 1 } else { seen.nonMembers += 1 }
                seen.threshold = candidate.score
            }
            guard Double(seen.nonMembers) / total <= rate else { break }
            if candidate.endsTie { flagged = seen }
        }
        return flagged
    }

    /// Returns the pooled true-positive rate at a false-positive rate, one threshold for all targets.
    ///
    /// The interval is Student's on the logit scale, with the jackknife's standard error. A rate of 0 or 1 has Clopper and
    /// Pearson's interval for the members of one target on average. The resolution is that of the pooled
    /// non-members: as repetitions of few records they resolve the rate of this pool, not of new records.
    ///
    /// - Precondition: `target` in [0, 1] and `confidence` in (0, 1).
    /// - Complexity: O(targets · n), less for a small `target`
    public func operatingPoint(
        atFalsePositiveRate target: Double, confidence: Double
    ) -> ClusteredOperatingPoint {
        precondition(target >= 0 && target <= 1, "operatingPoint: false-positive rate \(target) outside [0, 1]")
        let pooled = flagged(atFalsePositiveRate: target, leavingOut: nil)
        let leavingOut = targets.indices.map { index -> Double in
            let rest = flagged(atFalsePositiveRate: target, leavingOut: index)
            return Double(rest.members) / Double(members - targets[index].members)
        }
        let rate = ClusteredEstimate(
            share: Double(pooled.members) / Double(members), leavingOut: leavingOut,
            trials: Double(members) / Double(targets.count), confidence: confidence)
        let point = OperatingPoint(
            target: target, falsePositiveRate: Double(pooled.nonMembers) / Double(nonMembers),
            threshold: pooled.threshold, truePositiveRate: rate.estimate,
            resolution: Resolution(of: target, nonMembers: nonMembers))
        return ClusteredOperatingPoint(point, standardError: rate.standardError)
    }

    /// Applies to each target the threshold that all the others calibrate.
    ///
    /// - Precondition: `target` in [0, 1] and `confidence` in (0, 1).
    /// - Complexity: O(targets · n), less for a small `target`
    public func transfers(falsePositiveRate target: Double, confidence: Double) -> [ThresholdTransfer] {
        targets.indices.map { index in
            ThresholdTransfer(
                target: target, threshold: flagged(atFalsePositiveRate: target, leavingOut: index).threshold,
                calibrationNonMembers: nonMembers - targets[index].nonMembers, to: targets[index],
                confidence: confidence)
        }
    }

    /// Returns the mean over targets of each one's own area, with Student's interval.
    ///
    /// It does not compare scores of different targets, so it needs no common scale; it says nothing of one threshold for
    /// all.
    ///
    /// - Precondition: `confidence` in (0, 1).
    /// - Complexity: O(n)
    public func meanAUC(confidence: Double) throws(StatisticsError) -> Estimate {
        try meanInterval(targets.map(\.auc), confidence: confidence)
    }

    /// Returns the mean over targets of the true-positive rate at each one's own threshold, with Student's interval;
    /// `nil` when the target with the fewest non-members does not resolve the rate.
    ///
    /// - Precondition: `target` in [0, 1] and `confidence` in (0, 1).
    /// - Complexity: O(n)
    public func meanTruePositiveRate(
        atFalsePositiveRate target: Double, confidence: Double
    ) throws(StatisticsError) -> Estimate? {
        let fewest = targets.reduce(Int.max) { min($0, $1.nonMembers) }
        guard Resolution(of: target, nonMembers: fewest) != .notResolvable else { return nil }
        let rates = targets.map { roc in
            Double(roc.flagged(atFalsePositiveRate: target).members) / Double(roc.members)
        }
        return try meanInterval(rates, confidence: confidence)
    }
}
