/// Distances between the rows of two matrices.
extension Tensor {
    /// Returns the squared Euclidean distance of each row to each row of another matrix, shape [rows, other.rows].
    ///
    /// ‖a‖² + ‖b‖² − 2·a·b: where rows nearly agree the difference of large numbers leaves an error of some 1e-7·‖a‖²,
    /// and what that makes negative becomes zero.
    /// - Shapes: self [rows, columns], other [other.rows, columns].
    /// - Complexity: O(rows·other.rows·columns), by one matrix product.
    public func squaredDistances(to other: Tensor) -> Tensor {
        precondition(columns == other.columns, "squaredDistances: \(shape) and \(other.shape)")
        let (left, right) = (rowSquaredNorms(), other.rowSquaredNorms())
        var result = Tensor(uninitialised: [rows, other.rows])
        gemm(self, other, transposing: .right, into: &result, alpha: -2)
        let (target, width) = unsafe (result.mutablePointer(), other.rows)
        result.inRowPieces { piece in
            for row in piece {
                let (start, norm) = unsafe (target + row * width, left.pointer[row])
                forEachVector(width) { i in
                    let sum = unsafe (load(right.pointer + i) + norm) + load(start + i)
                    unsafe store(sum.replacing(with: 0, where: sum .< 0), start + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes { unsafe start[lane] = max(0, norm + right.pointer[lane] + start[lane]) }
                }
            }
        }
        return result
    }

    /// The smallest element of each row, and where it stands; the first of equals.
    public func rowMinima() -> [(value: Float, column: Int)] {
        precondition(columns > 0, "rowMinima: rows of \(shape) are empty")
        return (0..<rows).map { row in
            let start = unsafe pointer + row * columns
            var best = unsafe (value: start[0], column: 0)
            for column in 1..<columns where unsafe start[column] < best.value {
                best = unsafe (start[column], column)
            }
            return best
        }
    }
}
