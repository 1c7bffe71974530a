/// The mean of a set of records and the directions in which they vary most.
///
/// - Source: Pearson 1901. The covariance divides by rows − 1; its eigenvectors are LAPACK's.
public struct PrincipalComponents: Sendable {
    /// The mean record, shape [columns].
    public let mean: Tensor
    /// The directions, one per row, of unit length and the widest first, shape [components, columns].
    public let directions: Tensor
    /// The variance along each direction, in descending order.
    public let variances: [Double]

    /// Finds the components of the rows of a matrix.
    ///
    /// The sign of a direction is such that its largest element in magnitude is positive. There are never more
    /// components than columns, nor than rows − 1, beyond which nothing varies; at least one is kept.
    /// - Shapes: records [rows, columns].
    /// - Precondition: there is a row, and `components` ≥ 1.
    /// - Complexity: O(rows·columns² + columns³).
    public init(of records: Tensor, components: Int) {
        precondition(records.rows > 0 && components > 0, "\(components) components of \(records.shape)")
        let width = records.columns
        let mean = SymmetricMatrix.mean(of: records)
        self.mean = Tensor(mean.map { Float($0) })
        let (values, vectors) = PrincipalComponents.covariance(records, about: self.mean).eigen()
        let kept = max(1, min(components, width, records.rows - 1))
        var rows: [Float] = []
        for component in 0..<kept {
            let column = width - 1 - component
            let direction = (0..<width).map { vectors[$0 * width + column] }
            let largest = direction.max { abs($0) < abs($1) } ?? 1
            rows += direction.map { Float(largest < 0 ? -$0 : $0) }
        }
        directions = Tensor(rows, shape: [kept, width])
        variances = (0..<kept).map { max(0, values[width - 1 - $0]) }
    }

    /// Returns the coordinates of records along the directions, shape [records.rows, components].
    ///
    /// - Complexity: O(rows·columns·components).
    public func project(_ records: Tensor) -> Tensor {
        var centred = records
        centred.addToRows(mean * -1)
        return matmul(centred, directions, transposing: .right)
    }

    /// Products in `Float`, block by block, summed in `Double`: single sums over many records would lose digits.
    private static func covariance(_ records: Tensor, about mean: Tensor) -> SymmetricMatrix {
        let (width, block) = (records.columns, 1024)
        var sums = [Double](repeating: 0, count: width * width)
        for start in stride(from: 0, to: records.rows, by: block) {
            var part = records.rows(start..<min(start + block, records.rows))
            part.addToRows(mean * -1)
            for (index, product) in matmul(part, part, transposing: .left).values.enumerated() {
                sums[index] += Double(product)
            }
        }
        let scale = 1 / Double(max(records.rows - 1, 1))
        return SymmetricMatrix(sums.map { $0 * scale }, order: width)
    }
}
