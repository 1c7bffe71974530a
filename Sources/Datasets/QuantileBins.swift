/// Intervals of numbers that hold as equal shares of a sample as its ties allow.
///
/// From the least value up, a bin is closed where its size is nearest to an equal share of what is left; equal values
/// are never parted. A value that is more frequent than a share, such as the 0 of an amount that most people don't
/// have, thus gets a bin of its own, and the others share the rest; quantiles at fixed ranks would all be that value.
/// If there are at most as many different values as bins, each has its own.
public struct QuantileBins: Sendable, Equatable {
    /// The least and greatest value of the sample in each bin, ascending.
    public let spans: [ClosedRange<Double>]

    /// Makes bins for a sample.
    ///
    /// - Parameters:
    ///   - values: the sample, in any order.
    ///   - limit: how many bins there may be; ties can make them fewer.
    /// - Complexity: O(*n* log *n*).
    /// - Precondition: there are values, all finite, and `limit` is positive.
    public init(_ values: [Double], atMost limit: Int) {
        precondition(!values.isEmpty && values.allSatisfy(\.isFinite) && limit > 0, "bins of finite values")
        let runs = Self.runs(values.sorted())
        guard runs.count > limit else {
            spans = runs.map { $0.value...$0.value }
            return
        }
        var spans: [ClosedRange<Double>] = []
        var (left, start, size) = (values.count, 0, 0)
        for (index, run) in runs.enumerated() {
            // The last bin takes all that is left.
            if size > 0, spans.count < limit - 1 {
                let share = Double(left) / Double(limit - spans.count)
                if share - Double(size) <= Double(size + run.count) - share {
                    spans.append(runs[start].value...runs[index - 1].value)
                    (left, start, size) = (left - size, index, 0)
                }
            }
            size += run.count
        }
        self.spans = spans + [runs[start].value...runs[runs.count - 1].value]
    }

    /// The number of bins.
    public var count: Int { spans.count }

    /// Returns the bin of a value: the last one that begins at or below it, or the first.
    ///
    /// - Complexity: O(log *bins*).
    public func bin(of value: Double) -> Int {
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if spans[middle].lowerBound <= value { low = middle } else { high = middle }
        }
        return low
    }

    /// Returns what to call a bin: its only value, or its least and greatest.
    public func name(of bin: Int) -> String {
        let span = spans[bin]
        let (low, high) = (Self.text(span.lowerBound), Self.text(span.upperBound))
        return span.lowerBound == span.upperBound ? low : "\(low)…\(high)"
    }

    /// The different values in order, with how often each comes.
    private static func runs(_ sorted: [Double]) -> [(value: Double, count: Int)] {
        var runs: [(value: Double, count: Int)] = []
        for value in sorted {
            if let last = runs.last, last.value == value {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((value, 1))
            }
        }
        return runs
    }

    private static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}
