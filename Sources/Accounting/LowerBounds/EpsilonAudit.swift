import RealModule
public import Statistics

/// An audit of scores whose truth is known: thresholds and numbers of guesses are chosen without peeking, or paid for.
///
/// The best of many thresholds on the data that are then counted would exceed the true ε more often than its confidence
/// says. So the threshold comes from other scores, from one half of these, or from a list fixed beforehand whose
/// members share the error probability.
public struct EpsilonAudit: Sendable {
    /// Where the threshold, or the number of guesses, comes from.
    public enum Choice: Sendable {
        /// The list of ``EpsilonAudit/rates`` or ``EpsilonAudit/shares``, each with its part of the error probability.
        case bonferroni
        /// The first, third, … of the candidates choose, the others are counted.
        case halves
        /// Other scores choose, such as those of another seed.
        case heldOut(EpsilonAudit)
        /// This many guesses, fixed beforehand; for methods that read guesses.
        case guesses(Int)
    }

    /// The false-positive rates that ``Choice/bonferroni`` tries.
    public static let rates = [0.5, 0.2, 0.1, 0.05, 0.01, 0.001]
    /// The shares of the candidates that ``Choice/bonferroni`` guesses.
    public static let shares = [1, 0.5, 0.2, 0.1, 0.05, 0.02]

    private let scores: [Double]
    private let truth: [Bool]
    private let roc: ROC

    /// Takes scores, higher means member, and the truth.
    ///
    /// - Throws: ``StatisticsError`` when they do not pair up, a score is not a number, or there is one class only.
    public init(scores: [Double], truth: [Bool]) throws(StatisticsError) {
        roc = try ROC(scores: scores, isMember: truth)
        (self.scores, self.truth) = (scores, truth)
    }

    /// Audits.
    ///
    /// - Parameters:
    ///   - method: how.
    ///   - choice: where the threshold or the number of guesses comes from.
    ///   - delta: in [0, 1); above 0 for the Gaussian methods.
    ///   - confidence: in (0, 1), over everything that `choice` tries.
    ///   - copies: how many equal records each candidate stands for.
    /// - Returns: The bound for one record, with what it rests on.
    /// - Throws: ``AccountingError`` for an impossible delta, confidence, number of copies or of guesses, or when a half
    ///   has one class only.
    /// - Complexity: O(n log n) and some tens of bounds.
    public func statement(
        _ method: AuditMethod, choice: Choice = .bonferroni, delta: Double, confidence: Double = 0.95, copies: Int = 1
    ) throws(AccountingError) -> AuditStatement {
        guard copies >= 1 else { throw .groupSize(copies) }
        let question = Question(method: method, delta: delta, confidence: confidence, copies: copies)
        return method.readsGuesses ? try guessed(question, choice) : try thresholded(question, choice)
    }

    // MARK: Two rates

    private func thresholded(_ question: Question, _ choice: Choice) throws(AccountingError) -> AuditStatement {
        switch choice {
        case .bonferroni, .guesses:
            // What the non-members resolve depends on their number alone, so it may decide on the list.
            let rates = Self.rates.filter { $0 * Double(roc.nonMembers) >= 1 }
            let list = rates.isEmpty ? [0.5] : rates
            return try question.best(
                list.map { counts(atFalsePositiveRate: $0) },
                "the best of \(list.count) false-positive rates fixed beforehand, error shared")
        case .halves:
            let (choosing, counted) = try stratifiedHalves()
            return try question.statement(
                counted.counts(atOrAbove: try choosing.threshold(question)), "threshold from the other half")
        case .heldOut(let other):
            return try question.statement(
                counts(atOrAbove: try other.threshold(question)), "threshold from other scores")
        }
    }

    private func counts(atFalsePositiveRate rate: Double) -> BinaryCounts {
        let point = roc.operatingPoint(atFalsePositiveRate: rate, confidence: 0.5)
        return counts(atOrAbove: point.threshold ?? .infinity, flagsNothing: point.threshold == nil)
    }

    private func counts(atOrAbove threshold: Double, flagsNothing: Bool = false) -> BinaryCounts {
        var counts = BinaryCounts(
            truePositives: 0, positives: roc.members, falsePositives: 0, negatives: roc.nonMembers)
        if flagsNothing { return counts }
        for (score, isMember) in zip(scores, truth) where score >= threshold {
            if isMember { counts.truePositives += 1 } else { counts.falsePositives += 1 }
        }
        return counts
    }

    /// The threshold with the largest bound on these scores, among at most 200; by advantage where none proves anything.
    private func threshold(_ question: Question) throws(AccountingError) -> Double {
        let points = roc.points.dropFirst()
        let step = (points.count + 199) / 200
        var best = (bound: -1.0, advantage: -Double.infinity, threshold: Double.infinity)
        // The credible interval is slow, and where it is best, so is the exact one, nearly.
        let method = question.method == .bayesian ? .clopperPearson : question.method
        for (index, point) in points.enumerated() where index.isMultiple(of: step) {
            guard let threshold = point.threshold else { continue }
            let found = BinaryCounts(
                truePositives: Int((point.truePositiveRate * Double(roc.members)).rounded()), positives: roc.members,
                falsePositives: Int((point.falsePositiveRate * Double(roc.nonMembers)).rounded()),
                negatives: roc.nonMembers)
            let bound = try method.bound(
                found, copies: 1, delta: question.delta, confidence: question.confidence
            ).lower
            let advantage = point.truePositiveRate - point.falsePositiveRate
            if (bound, advantage) > (best.bound, best.advantage) { best = (bound, advantage, threshold) }
        }
        return best.threshold
    }

    /// Every other member and every other non-member.
    private func stratifiedHalves() throws(AccountingError) -> (EpsilonAudit, EpsilonAudit) {
        var seen = [true: 0, false: 0]
        let isFirst = truth.map { isMember in
            seen[isMember, default: 0] += 1
            return !seen[isMember, default: 0].isMultiple(of: 2)
        }
        return try halves(isFirst)
    }

    private func halves(_ isFirst: [Bool]) throws(AccountingError) -> (EpsilonAudit, EpsilonAudit) {
        func part(_ wanted: Bool) throws(AccountingError) -> EpsilonAudit {
            let kept = scores.indices.filter { isFirst[$0] == wanted }
            do {
                return try EpsilonAudit(scores: kept.map { scores[$0] }, truth: kept.map { truth[$0] })
            } catch {
                // A half with one class only; the scores themselves have been checked.
                throw .counts(
                    BinaryCounts(
                        truePositives: 0, positives: kept.count { truth[$0] }, falsePositives: 0,
                        negatives: kept.count { !truth[$0] }))
            }
        }
        return (try part(true), try part(false))
    }

    // MARK: Coins

    private func guessed(_ question: Question, _ choice: Choice) throws(AccountingError) -> AuditStatement {
        switch choice {
        case .guesses(let count):
            guard (0...scores.count).contains(count) else {
                throw .guesses(canaries: scores.count, guesses: count, correct: 0)
            }
            return try question.statement(coins(count), "\(count) guesses, fixed beforehand")
        case .bonferroni:
            let list = numbersOfGuesses
            return try question.best(
                list.map(coins), "the best of \(list.count) numbers of guesses fixed beforehand, error shared")
        case .halves:
            // Coins stay fair in a half that was formed without looking at them.
            let (choosing, counted) = try halves(scores.indices.map { $0.isMultiple(of: 2) })
            return try counted.guessed(question, choosing, "number of guesses from the other half")
        case .heldOut(let other): return try guessed(question, other, "number of guesses from other scores")
        }
    }

    private func guessed(
        _ question: Question, _ other: EpsilonAudit, _ text: String
    ) throws(AccountingError) -> AuditStatement {
        var best = (bound: -1.0, share: 1.0)
        for count in other.numbersOfGuesses {
            let bound = try question.method.bound(
                other.coins(count), copies: 1, delta: question.delta, confidence: question.confidence)
            if bound > best.bound { best = (bound, Double(count) / Double(other.scores.count)) }
        }
        let count = Int((best.share * Double(scores.count)).rounded())
        return try question.statement(coins(count), text)
    }

    private var numbersOfGuesses: [Int] {
        var numbers: [Int] = []
        for share in Self.shares {
            let count = Int((share * Double(scores.count)).rounded())
            if count > 0, !numbers.contains(count) { numbers.append(count) }
        }
        return numbers
    }

    /// Calls the highest half of `count` candidates members and the lowest half non-members.
    private func coins(_ count: Int) -> CoinGuesses {
        // Equal scores are ordered by a hash of their place: the order in the file may know the truth.
        let order = scores.indices.sorted { first, second in
            scores[first] != scores[second]
                ? scores[first] > scores[second] : scrambled(first) < scrambled(second)
        }
        let (top, bottom) = ((count + 1) / 2, count / 2)
        let correct = order.prefix(top).count { truth[$0] } + order.suffix(bottom).count { !truth[$0] }
        return CoinGuesses(canaries: scores.count, guesses: count, correct: correct)
    }
}

/// What is asked, whatever the counts.
private struct Question {
    let method: AuditMethod
    let delta: Double
    let confidence: Double
    let copies: Int

    func statement(_ counts: BinaryCounts, _ choice: String) throws(AccountingError) -> AuditStatement {
        try statement(counts, choice, at: confidence)
    }

    func statement(_ coins: CoinGuesses, _ choice: String) throws(AccountingError) -> AuditStatement {
        try statement(coins, choice, at: confidence)
    }

    /// The best of several, each at its part of the error probability; the first of equals.
    func best(_ list: [BinaryCounts], _ choice: String) throws(AccountingError) -> AuditStatement {
        var statements: [AuditStatement] = []
        for counts in list { statements.append(try statement(counts, choice, at: shared(list.count))) }
        return Self.largest(statements)
    }

    func best(_ list: [CoinGuesses], _ choice: String) throws(AccountingError) -> AuditStatement {
        var statements: [AuditStatement] = []
        for coins in list { statements.append(try statement(coins, choice, at: shared(list.count))) }
        return Self.largest(statements)
    }

    private func shared(_ count: Int) throws(AccountingError) -> Double {
        try AccountingError.checkConfidence(confidence)
        return 1 - (1 - confidence) / Double(count)
    }

    private static func largest(_ statements: [AuditStatement]) -> AuditStatement {
        statements.dropFirst().reduce(statements[0]) { $1.epsilon > $0.epsilon ? $1 : $0 }
    }

    private func statement(
        _ counts: BinaryCounts, _ choice: String, at level: Double
    ) throws(AccountingError) -> AuditStatement {
        let bound = try method.bound(counts, copies: copies, delta: delta, confidence: level)
        return AuditStatement(
            method: method, epsilon: bound.lower, upper: bound.upper, delta: delta, confidence: confidence,
            choice: choice, counts: counts, copies: copies > 1 ? copies : nil)
    }

    private func statement(
        _ coins: CoinGuesses, _ choice: String, at level: Double
    ) throws(AccountingError) -> AuditStatement {
        AuditStatement(
            method: method, epsilon: try method.bound(coins, copies: copies, delta: delta, confidence: level),
            delta: delta, confidence: confidence, choice: choice, guesses: coins, copies: copies > 1 ? copies : nil)
    }
}

/// A fixed one-to-one scrambling of places (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
private func scrambled(_ place: Int) -> UInt64 {
    var z = UInt64(place) &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
}
