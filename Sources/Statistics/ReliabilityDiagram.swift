/// Whether predicted probabilities are the frequencies that they claim: predictions by bins of equal width, beside how
/// often the event took place.
///
/// - Source: Murphy and Winkler 1977; the expected calibration error after Naeini, Cooper and Hauskrecht, AAAI 2015.
public struct ReliabilityDiagram: Codable, Sendable, Equatable {
    /// The predictions in one interval of probability.
    public struct Bin: Codable, Sendable, Equatable {
        /// How many there are.
        public var count: Int
        /// Their mean.
        public var prediction: Double
        /// The share of them whose event took place.
        public var frequency: Double
    }

    /// The bins that hold predictions, from low to high.
    public let bins: [Bin]

    /// Sorts predictions into bins of width 1/`bins`; 1 belongs to the last.
    ///
    /// - Throws: ``StatisticsError`` when the counts differ, there is no prediction, or one is no number from 0 to 1.
    /// - Complexity: O(n·bins).
    public init(predictions: [Double], outcomes: [Bool], bins count: Int = 10) throws(StatisticsError) {
        precondition(count > 0, "\(count) bins")
        guard predictions.count == outcomes.count else {
            throw .countsDiffer(scores: predictions.count, labels: outcomes.count)
        }
        guard !predictions.isEmpty else { throw .tooFew(needed: 1, found: 0) }
        if let index = predictions.firstIndex(where: { !(0...1).contains($0) }) {
            throw .notAProbability(index: index)
        }
        let places = predictions.map { min(count - 1, Int($0 * Double(count))) }
        bins = (0..<count).compactMap { bin in
            let own = places.indices.filter { places[$0] == bin }
            guard !own.isEmpty else { return nil }
            return Bin(
                count: own.count, prediction: own.reduce(0) { $0 + predictions[$1] } / Double(own.count),
                frequency: Double(own.count { outcomes[$0] }) / Double(own.count))
        }
    }

    /// The mean of |prediction − frequency| over the bins, weighted by their counts, in [0, 1].
    public var expectedCalibrationError: Double {
        let total = bins.reduce(0) { $0 + $1.count }
        return bins.reduce(0) { $0 + Double($1.count) * abs($1.prediction - $1.frequency) } / Double(total)
    }

    /// The largest |prediction − frequency| of a bin.
    public var maximumCalibrationError: Double { bins.map { abs($0.prediction - $0.frequency) }.max() ?? 0 }
}
