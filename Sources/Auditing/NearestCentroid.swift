public import Tensors
public import ThreatModel

/// A probe of representations: a record belongs to the class whose mean code is nearest to its own.
///
/// Each number of a code is divided by its deviation among the records that the probe was fitted to, so that a
/// representation is not judged by its scale.
/// - Deviation: studies of representations fit a logistic regression; the nearest mean needs no optimiser and no
///   setting, and reads no more than a linear probe can.
public struct NearestCentroid: Sendable {
    private let mean: [Double]
    private let scale: [Double]
    /// The mean of each class in scaled numbers; `nil` for a class without records.
    private let centroids: [[Double]?]

    /// Fits the means to codes of labelled records.
    ///
    /// - Shapes: codes [n, width], labels [n], counted from 0.
    /// - Throws: ``ThreatModelError/mismatch(_:)`` without records, with other numbers of labels, and for one below 0.
    /// - Complexity: O(n·width).
    public init(_ codes: Tensor, _ labels: [Int32]) throws(ThreatModelError) {
        guard codes.rows == labels.count, !labels.isEmpty, let largest = labels.max(), labels.allSatisfy({ $0 >= 0 })
        else {
            throw .mismatch(
                "expected a class from 0 up of each of at least one code, found \(labels.count) classes of "
                    + "\(codes.rows) codes; give the probe labelled records")
        }
        let mean = SymmetricMatrix.mean(of: codes)
        var squares = [Double](repeating: 0, count: codes.columns)
        for row in 0..<codes.rows {
            for (column, value) in codes.row(row).enumerated() {
                squares[column] += (Double(value) - mean[column]) * (Double(value) - mean[column])
            }
        }
        // A number that never varies says nothing of a class.
        let scale = squares.map { $0 > 0 ? (Double(codes.rows) / $0).squareRoot() : 0 }
        (self.mean, self.scale) = (mean, scale)
        var sums = [[Double]](repeating: [Double](repeating: 0, count: codes.columns), count: Int(largest) + 1)
        var counts = [Int](repeating: 0, count: Int(largest) + 1)
        for (row, label) in labels.enumerated() {
            counts[Int(label)] += 1
            for (column, value) in codes.row(row).enumerated() {
                sums[Int(label)][column] += (Double(value) - mean[column]) * scale[column]
            }
        }
        centroids = zip(sums, counts).map { sum, count in count > 0 ? sum.map { $0 / Double(count) } : nil }
    }

    /// Returns the class of each code; of equally near ones the first.
    ///
    /// - Shapes: codes [n, width], of the width that the probe was fitted to.
    public func classes(_ codes: Tensor) -> [Int32] {
        precondition(codes.columns == mean.count, "codes \(codes.shape) for a probe of \(mean.count) numbers")
        return (0..<codes.rows).map { row in
            let code = zip(codes.row(row), zip(mean, scale)).map { (Double($0) - $1.0) * $1.1 }
            var best = (distance: Double.infinity, label: Int32(0))
            for (label, centroid) in centroids.enumerated() {
                guard let centroid else { continue }
                let distance = zip(code, centroid).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                if distance < best.distance { best = (distance, Int32(label)) }
            }
            return best.label
        }
    }
}
