public import Statistics

/// How much better models do on a record when they were trained on it.
///
/// - Source: Feldman and Zhang 2020, "What neural networks memorize and why": mem(x) is the expected performance on x of
///   models trained with x, minus that of models trained without. The performance may be accuracy, a likelihood or
///   a negative loss.
public struct MemorisationScore: Codable, Sendable, Equatable {
    /// The record's index.
    public var record: Int
    /// The mean over the models that were trained on it minus the mean over the others, in the performance's unit.
    public var value: Double
    /// The standard error of the value, of two independent samples of unequal variance; `nil` with a single model on
    /// either side.
    public var standardError: Double?
    /// How many models were trained on the record.
    public var insideModels: Int
    /// How many were not.
    public var outsideModels: Int

    /// Creates a score.
    public init(record: Int, value: Double, standardError: Double?, insideModels: Int, outsideModels: Int) {
        self.record = record
        self.value = value
        self.standardError = standardError
        self.insideModels = insideModels
        self.outsideModels = outsideModels
    }

    /// Scores every record that some models were trained on and some were not, in the order of the records.
    ///
    /// - Parameters:
    ///   - performance: shape [models][records]; higher is better.
    ///   - membership: the same shape; whether the model was trained on the record.
    /// - Returns: one score per record that has models on both sides.
    /// - Throws: ``StatisticsError`` when the shapes differ or a performance is not finite.
    /// - Complexity: O(models · records)
    public static func scores(
        performance: [[Double]], membership: [[Bool]]
    ) throws(StatisticsError) -> [MemorisationScore] {
        try checkShapes(performance, membership)
        return (performance.first ?? []).indices.compactMap { record in
            var (inside, outside) = ([Double](), [Double]())
            for model in performance.indices {
                if membership[model][record] {
                    inside.append(performance[model][record])
                } else {
                    outside.append(performance[model][record])
                }
            }
            return MemorisationScore(record, inside, outside)
        }
    }

    /// The scores from the most memorised record to the least; equal ones in the order of the records.
    public static func ranking(_ scores: [MemorisationScore]) -> [MemorisationScore] {
        scores.sorted { ($1.value, $0.record) < ($0.value, $1.record) }
    }

    private init?(_ record: Int, _ inside: [Double], _ outside: [Double]) {
        guard !inside.isEmpty, !outside.isEmpty else { return nil }
        let (with, without) = (Moments(of: inside), Moments(of: outside))
        let variance =
            with.sampleVariance / Double(with.count) + without.sampleVariance / Double(without.count)
        self.init(
            record: record, value: with.mean - without.mean,
            standardError: min(with.count, without.count) > 1 ? variance.squareRoot() : nil,
            insideModels: with.count, outsideModels: without.count)
    }
}

/// Checks that signals [models][records] and membership have one shape and the signals are finite.
func checkShapes(_ signals: [[Double]], _ membership: [[Bool]]) throws(StatisticsError) {
    guard signals.count == membership.count else {
        throw .countsDiffer(scores: signals.count, labels: membership.count)
    }
    for (own, truth) in zip(signals, membership) {
        guard own.count == truth.count, own.count == signals[0].count else {
            throw .countsDiffer(scores: own.count, labels: truth.count)
        }
        if let index = own.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
    }
}
