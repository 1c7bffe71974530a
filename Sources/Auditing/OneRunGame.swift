public import Statistics
public import ThreatModel

/// The game of an audit with one training: each canary took part by a fair coin of its own, and the adversary guesses
/// the coins of those canaries whose scores say most.
///
/// It alone knows the coins. How many canaries are guessed must not depend on them: it is fixed beforehand, or chosen on
/// a training with other coins.
/// - Source: Steinke, Nasr and Jagielski, "Privacy auditing with one (1) training run", NeurIPS 2023, Algorithm 1.
public struct OneRunGame: Sendable {
    private let included: [Bool]

    /// Starts a game with the coins.
    package init(included: [Bool]) { self.included = included }

    /// How many canaries there are.
    public var canaries: Int { included.count }

    /// Guesses that the canaries of the highest scores took part and those of the lowest did not, half and half.
    ///
    /// Of an odd number one more is guessed to have taken part. Of equal scores the earlier canary's counts as the higher.
    ///
    /// - Parameters:
    ///   - scores: one per canary, higher for those that took part.
    ///   - guesses: how many coins are guessed, from 1 to the number of canaries.
    /// - Returns: how many guesses there were, and how many were right.
    /// - Throws: ``StatisticsError`` when there are not as many scores as canaries, or one of them is not a number.
    /// - Precondition: the number of guesses is in range.
    /// - Complexity: O(m log m) for m canaries.
    public func grade(_ scores: MembershipScores, guesses: Int) throws(StatisticsError) -> OneRunGrade {
        let values = scores.values
        guard values.count == included.count else {
            throw .countsDiffer(scores: values.count, labels: included.count)
        }
        if let index = values.firstIndex(where: \.isNaN) { throw .notANumber(index: index) }
        precondition((1...max(1, canaries)).contains(guesses), "\(guesses) guesses of \(canaries) canaries")
        let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
        let (high, low) = (order.prefix(guesses - guesses / 2), order.suffix(guesses / 2))
        let right = high.count { included[$0] } + low.count { !included[$0] }
        return OneRunGrade(canaries: canaries, guesses: guesses, right: right)
    }
}

/// What came of the guesses.
public struct OneRunGrade: Codable, Sendable, Equatable {
    /// How many canaries there were.
    public var canaries: Int
    /// How many of their coins were guessed.
    public var guesses: Int
    /// How many guesses were right.
    public var right: Int

    /// Creates a grade.
    public init(canaries: Int, guesses: Int, right: Int) {
        (self.canaries, self.guesses, self.right) = (canaries, guesses, right)
    }
}
