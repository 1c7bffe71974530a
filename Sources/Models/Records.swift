public import Tensors

/// Training examples of any family: vectors, or windows of tokens, with what belongs to them.
public struct Records: Sendable {
    /// Vectors, one row per record: pixels in [0, 1], table cells, codes; shape [count, width].
    public var features: Tensor?
    /// Token windows, record after record; `window` of them per record.
    public var tokens: [Int32]
    /// The length of a token window; 0 when there are none.
    public var window: Int
    /// Class labels, one per record.
    public var labels: [Int32]?
    /// What a student or regressor is to answer, `targetRows` rows per record.
    public var targets: Tensor?
    /// The number of records.
    public let count: Int
    /// The privacy unit of each record, such as its document or its user; `nil` when every record is one of its own.
    ///
    /// In a private training the records of a unit are sampled together and clipped as one.
    public var units: [Int32]? {
        didSet { precondition(units.map { $0.count == count } ?? true, "units for \(count) records") }
    }

    /// Creates vector records.
    public init(features: Tensor, labels: [Int32]? = nil, targets: Tensor? = nil) {
        self.features = features
        self.labels = labels
        self.targets = targets
        (tokens, window, count) = ([], 0, features.rows)
        precondition(labels.map { $0.count == count } ?? true, "labels for \(count) records")
        precondition(targets.map { $0.rows % max(count, 1) == 0 } ?? true, "targets for \(count) records")
    }

    /// Creates token windows.
    public init(tokens: [Int32], window: Int, targets: Tensor? = nil) {
        precondition(window > 0 && tokens.count % window == 0, "\(tokens.count) tokens in windows of \(window)")
        (self.tokens, self.window, self.targets) = (tokens, window, targets)
        count = tokens.count / window
    }

    /// The token windows, one array per record.
    public var texts: [[Int32]] {
        window == 0 ? [] : (0..<count).map { Array(tokens[$0 * window..<($0 + 1) * window]) }
    }

    /// How many rows of `targets` belong to a record.
    public var targetRows: Int { targets.map { $0.rows / max(count, 1) } ?? 0 }

    /// The number of privacy units.
    ///
    /// - Complexity: O(count) where records have units.
    public var unitCount: Int { units.map { Set($0).count } ?? count }

    /// Returns the records of the given indices, in that order.
    public func gather(_ indices: [Int]) -> Records {
        var chosen = gatherContent(indices)
        chosen.units = units.map { all in indices.map { all[$0] } }
        return chosen
    }

    private func gatherContent(_ indices: [Int]) -> Records {
        let rowsPerRecord = targetRows
        let targets = targets.map { all in
            all.gatherRows(indices.flatMap { index in (0..<rowsPerRecord).map { index * rowsPerRecord + $0 } })
        }
        if let features {
            return Records(
                features: features.gatherRows(indices), labels: labels.map { all in indices.map { all[$0] } },
                targets: targets)
        }
        return Records(
            tokens: indices.flatMap { tokens[$0 * window..<($0 + 1) * window] }, window: window, targets: targets)
    }

    /// Returns the records of a range.
    public func slice(_ range: Range<Int>) -> Records { gather(Array(range)) }
}
