import CLAPACKE

/// The x of least ‖x‖ among those that make ‖a·x − b‖ least, one for each column of b.
public struct LeastSquares: Sendable, Equatable {
    /// The solutions, [a.columns, b.columns].
    public let solution: RealMatrix
    /// The number of singular values of a above the tolerance.
    public let rank: Int
    /// The singular values of a, largest first.
    public let singularValues: [Double]

    /// The largest singular value over the smallest; infinite of a matrix that is singular.
    public var condition: Double {
        guard let first = singularValues.first, let last = singularValues.last, last > 0 else { return .infinity }
        return first / last
    }
}

extension RealMatrix {
    /// Returns the least-squares solution of self·x = b.
    ///
    /// By LAPACK's `dgelsd`, which goes by way of the singular values, so that columns may depend on each other.
    /// - Parameters:
    ///   - b: the right-hand sides, [rows, any].
    ///   - tolerance: singular values below this share of the largest count as zero; `nil` for machine precision.
    /// - Returns: the solution of least norm, with rank and singular values.
    /// - Throws: ``LinearAlgebraError``.
    /// - Precondition: both matrices have as many rows.
    /// - Complexity: O(rows·columns·(min(rows, columns) + b.columns)).
    public func leastSquares(_ b: RealMatrix, tolerance: Double? = nil) throws(LinearAlgebraError) -> LeastSquares {
        precondition(rows == b.rows, "\(rows) equations with \(b.rows) right-hand sides")
        guard isFinite, b.isFinite else { throw .notFinite }
        guard rows > 0, columns > 0, b.columns > 0 else {
            let zero = RealMatrix(rows: columns, columns: b.columns) { _, _ in 0 }
            return LeastSquares(solution: zero, rank: 0, singularValues: [])
        }
        BLAS.ready
        // The routine writes the solution over the right-hand sides, and needs room for the longer of the two.
        let missing = max(columns - rows, 0) * b.columns
        var (work, x) = (elements, b.elements + [Double](repeating: 0, count: missing))
        var (values, rank) = ([Double](repeating: 0, count: min(rows, columns)), Int32(0))
        let status = unsafe LAPACKE_dgelsd(
            LAPACK_ROW_MAJOR, Int32(rows), Int32(columns), Int32(b.columns), &work, Int32(columns), &x,
            Int32(b.columns), &values, tolerance ?? -1, &rank)
        precondition(status >= 0, "dgelsd: argument \(-status)")
        guard status == 0 else { throw .notConverged(routine: "dgelsd") }
        let solution = RealMatrix(Array(x.prefix(columns * b.columns)), rows: columns, columns: b.columns)
        return LeastSquares(solution: solution, rank: Int(rank), singularValues: values)
    }
}
