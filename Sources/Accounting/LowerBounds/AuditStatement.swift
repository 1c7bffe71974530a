/// A lower bound on ε with everything that it rests on.
public struct AuditStatement: Codable, Sendable, Equatable {
    /// How it was computed.
    public var method: AuditMethod
    /// The lower bound for one record, at least 0; 0 says that nothing is proved.
    public var epsilon: Double
    /// The upper end, for methods that have one.
    public var upper: Double?
    /// The δ that was granted.
    public var delta: Double
    /// The confidence, over everything that was tried; for a credible interval, its mass.
    public var confidence: Double
    /// How the threshold, or the number of guesses, was chosen.
    public var choice: String
    /// What the test said, for methods that read two rates.
    public var counts: BinaryCounts?
    /// The coins, for methods that read guesses.
    public var guesses: CoinGuesses?
    /// How many copies of each candidate were in the training set, when more than one: `epsilon` is divided accordingly.
    public var copies: Int?

    /// Creates a statement.
    public init(
        method: AuditMethod, epsilon: Double, upper: Double? = nil, delta: Double, confidence: Double, choice: String,
        counts: BinaryCounts? = nil, guesses: CoinGuesses? = nil, copies: Int? = nil
    ) {
        self.method = method
        self.epsilon = epsilon
        self.upper = upper
        self.delta = delta
        self.confidence = confidence
        self.choice = choice
        self.counts = counts
        self.guesses = guesses
        self.copies = copies
    }

    /// Returns whether it refutes a claim of (`claimed`, δ) at the same or a smaller δ, for whatever mechanism.
    public func refutes(_ claimed: Double) -> Bool { method.holdsForEveryMechanism && epsilon > claimed }
}

/// Guesses of fair coins.
public struct CoinGuesses: Codable, Sendable, Equatable {
    /// All coins, guessed or not.
    public var canaries: Int
    /// The guesses.
    public var guesses: Int
    /// Those that were right.
    public var correct: Int

    /// Creates guesses; whoever reads them throws ``AccountingError/guesses(canaries:guesses:correct:)`` when impossible.
    public init(canaries: Int, guesses: Int, correct: Int) {
        self.canaries = canaries
        self.guesses = guesses
        self.correct = correct
    }
}
