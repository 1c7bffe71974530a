/// What a test of "was it used?" said, against the truth, at one threshold.
///
/// Each positive and each negative is one independent trial: one training with or without the canary, or, under an
/// assumption that the caller states, one candidate of one training.
public struct BinaryCounts: Codable, Sendable, Equatable {
    /// Positives that the test flagged.
    public var truePositives: Int
    /// Trials in which the record was used.
    public var positives: Int
    /// Negatives that the test flagged.
    public var falsePositives: Int
    /// Trials in which it was not.
    public var negatives: Int

    /// Creates counts; whoever reads them throws ``AccountingError/counts(_:)`` when they are impossible.
    public init(truePositives: Int, positives: Int, falsePositives: Int, negatives: Int) {
        self.truePositives = truePositives
        self.positives = positives
        self.falsePositives = falsePositives
        self.negatives = negatives
    }

    func check() throws(AccountingError) {
        guard positives > 0, negatives > 0, (0...positives).contains(truePositives),
            (0...negatives).contains(falsePositives)
        else { throw .counts(self) }
    }
}
