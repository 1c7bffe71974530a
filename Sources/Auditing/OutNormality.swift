public import Statistics

/// The share of records whose signals on models that were not trained on them look normal.
///
/// LiRA takes those signals to be normal. When far fewer than 1 − `level` of the records pass, its likelihoods are of the
/// wrong family; the ranking may still be good.
///
/// - Source: the test is Shapiro and Wilk's; SACRO-ML reports the same share for LiRA.
public struct OutNormality: Codable, Sendable, Equatable {
    /// The fewest models without the record for which the test is made: below it the test rejects next to nothing.
    public static let fewestModels = 20

    /// The significance level of each test.
    public var level: Double
    /// How many records were tested.
    public var tested: Int
    /// How many had too few models without them.
    public var skipped: Int
    /// The share of the tested that pass, with Clopper and Pearson's interval; `nil` when none was tested.
    ///
    /// Of normal signals 1 − ``level`` pass. The records share their models, which the interval does not know.
    public var normal: Estimate?

    /// Creates the outcome.
    public init(level: Double, tested: Int, skipped: Int, normal: Estimate?) {
        self.level = level
        self.tested = tested
        self.skipped = skipped
        self.normal = normal
    }

    /// Tests the signals of each record on the models that were not trained on it; equal signals do not pass.
    ///
    /// - Parameters:
    ///   - signals: shape [models][records].
    ///   - membership: the same shape; whether the model was trained on the record.
    ///   - level: the significance level, in (0, 1).
    ///   - confidence: of the interval, in (0, 1).
    /// - Throws: ``StatisticsError`` when the shapes differ, a signal is not finite or a record has over 5000 such models.
    /// - Complexity: O(records · models · log models)
    public init(
        signals: [[Double]], membership: [[Bool]], level: Double = 0.05, confidence: Double = 0.95
    ) throws(StatisticsError) {
        precondition(level > 0 && level < 1, "OutNormality: level \(level) outside (0, 1)")
        try checkShapes(signals, membership)
        var (tested, skipped, passed) = (0, 0, 0)
        for record in (signals.first ?? []).indices {
            let outside = signals.indices.filter { !membership[$0][record] }.map { signals[$0][record] }
            guard outside.count >= Self.fewestModels else {
                skipped += 1
                continue
            }
            tested += 1
            passed += try Self.passes(outside, level) ? 1 : 0
        }
        let share = Estimate(
            Double(passed) / Double(max(tested, 1)),
            .clopperPearson(successes: passed, trials: max(tested, 1), confidence: confidence))
        self.init(level: level, tested: tested, skipped: skipped, normal: tested > 0 ? share : nil)
    }

    private static func passes(_ signals: [Double], _ level: Double) throws(StatisticsError) -> Bool {
        do { return try ShapiroWilk(signals).pValue >= level } catch {
            guard error == .constant else { throw error }
            return false
        }
    }
}
