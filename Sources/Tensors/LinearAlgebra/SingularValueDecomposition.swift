import CLAPACKE

/// A matrix as left·diag(values)·right, where left has orthonormal columns and right orthonormal rows.
public struct SingularValueDecomposition: Sendable, Equatable {
    /// The left singular vectors as columns, [rows, smaller extent].
    public let left: RealMatrix
    /// The singular values, largest first.
    public let values: [Double]
    /// The right singular vectors as rows, [smaller extent, columns].
    public let right: RealMatrix
}

extension RealMatrix {
    /// Returns the singular values, largest first, as many as the smaller extent.
    ///
    /// - Throws: ``LinearAlgebraError``.
    /// - Complexity: O(rows·columns·min(rows, columns)).
    public func singularValues() throws(LinearAlgebraError) -> [Double] { try decomposed(job: "N").values }

    /// Returns the thin decomposition.
    ///
    /// - Throws: ``LinearAlgebraError``.
    /// - Complexity: O(rows·columns·min(rows, columns)), several times that of the values alone.
    public func singularValueDecomposition() throws(LinearAlgebraError) -> SingularValueDecomposition {
        let (values, left, right) = try decomposed(job: "S")
        let kept = values.count
        return SingularValueDecomposition(
            left: RealMatrix(left, rows: rows, columns: kept), values: values,
            right: RealMatrix(right, rows: kept, columns: columns))
    }

    /// LAPACK's `dgesdd`.
    ///
    /// It works column by column, where our elements are those of the transpose. So it is given that: its left vectors
    /// are our right ones, and nothing is copied into another order.
    private func decomposed(
        job: Unicode.Scalar
    ) throws(LinearAlgebraError) -> (values: [Double], left: [Double], right: [Double]) {
        guard isFinite else { throw .notFinite }
        let kept = min(rows, columns)
        guard kept > 0 else { return ([], [], []) }
        BLAS.ready
        let isThin = job == "S"
        var (work, values) = (elements, [Double](repeating: 0, count: kept))
        var right = [Double](repeating: 0, count: isThin ? kept * columns : 1)
        var left = [Double](repeating: 0, count: isThin ? rows * kept : 1)
        let status = unsafe LAPACKE_dgesdd(
            LAPACK_COL_MAJOR, CChar(UInt8(ascii: job)), Int32(columns), Int32(rows), &work, Int32(columns), &values,
            &right, Int32(isThin ? columns : 1), &left, Int32(isThin ? kept : 1))
        precondition(status >= 0, "dgesdd: argument \(-status)")
        guard status == 0 else { throw .notConverged(routine: "dgesdd") }
        return (values, left, right)
    }
}
