/// The bias-corrected and accelerated bootstrap (BCa) of any statistic of independent elements.
///
/// - Source: Efron 1987; the acceleration is the jackknife's.
/// - Deviation: the bias correction counts ties half and stays a half replicate away from 0 and 1, so that a statistic
///   with few distinct values has a finite correction.
public struct Bootstrap: Codable, Sendable, Equatable {
    /// How many resamples are drawn, at least one.
    public var replicates: Int

    /// Creates a bootstrap.
    ///
    /// - Precondition: `replicates` ≥ 1.
    public init(replicates: Int = 2000) {
        precondition(replicates >= 1, "Bootstrap: \(replicates) replicates")
        self.replicates = replicates
    }

    /// Returns the statistic of the sample with its BCa interval.
    ///
    /// Resample pairs (an array of structs or tuples) when the elements belong together.
    ///
    /// - Throws: ``StatisticsError`` for fewer than two elements or a statistic that is NaN; what `statistic` throws.
    /// - Precondition: `confidence` in (0, 1).
    /// - Complexity: `replicates` + n evaluations of the statistic, which dominate.
    public func estimate<Element>(
        of sample: [Element], confidence: Double, using generator: inout some RandomNumberGenerator,
        statistic: ([Element]) throws -> Double
    ) throws -> Estimate {
        precondition(confidence > 0 && confidence < 1, "Bootstrap: confidence \(confidence) outside (0, 1)")
        guard sample.count >= 2 else { throw StatisticsError.tooFew(needed: 2, found: sample.count) }
        let observed = try statistic(sample)
        var values: [Double] = []
        for replicate in 0..<replicates {
            let resample = sample.indices.map { _ in sample[Int.random(in: sample.indices, using: &generator)] }
            let value = try statistic(resample)
            guard !value.isNaN else { throw StatisticsError.undefinedReplicate(replicate) }
            values.append(value)
        }
        let interval = interval(
            of: values, observed: observed, acceleration: try acceleration(of: sample, statistic: statistic),
            confidence: confidence)
        return Estimate(observed, interval)
    }

    /// The BCa interval from the statistic's values on resamples, in any order.
    func interval(of values: [Double], observed: Double, acceleration: Double, confidence: Double) -> Interval {
        let values = values.sorted()
        let bias = biasCorrection(values, observed)
        func end(_ probability: Double) -> Double {
            let shifted = bias + normalQuantile(probability)
            return quantile(normalCDF(bias + shifted / (1 - acceleration * shifted)), of: values)
        }
        let tail = (1 - confidence) / 2
        return Interval(lower: end(tail), upper: end(1 - tail), confidence: confidence)
    }

    private func biasCorrection(_ values: [Double], _ observed: Double) -> Double {
        let below = values.reduce(0.0) { $0 + ($1 < observed ? 1 : $1 == observed ? 0.5 : 0) }
        let margin = 0.5 / Double(values.count)
        return normalQuantile(min(max(below / Double(values.count), margin), 1 - margin))
    }

    /// A sixth of the skewness of the jackknife's influence values; 0 when they are all equal.
    func acceleration<Element>(
        of sample: [Element], statistic: ([Element]) throws -> Double
    ) throws -> Double {
        let leftOut = try sample.indices.map { index in
            var rest = sample
            rest.remove(at: index)
            return try statistic(rest)
        }
        let mean = leftOut.reduce(0, +) / Double(leftOut.count)
        var (squares, cubes) = (0.0, 0.0)
        for value in leftOut {
            let influence = mean - value
            squares += influence * influence
            cubes += influence * influence * influence
        }
        return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
    }

    /// The sorted values' quantile, interpolated between order statistics.
    private func quantile(_ probability: Double, of sorted: [Double]) -> Double {
        let position = min(max(probability * Double(sorted.count + 1) - 1, 0), Double(sorted.count - 1))
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        // Equal neighbours need no interpolation, which would turn two infinities into NaN.
        if sorted[below] == sorted[above] { return sorted[below] }
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}
