/// Sums, norms and the like. Sums over many elements are taken in `Double` across rows of vectors.
extension Tensor {
    /// The sum of all elements.
    public func sum() -> Double {
        let block = 4096
        var total = 0.0
        for start in stride(from: 0, to: count, by: block) {
            unsafe total += Double(Tensors.sum(pointer + start, min(block, count - start)) { $0 })
        }
        return total
    }

    /// The sum of the squares of all elements.
    public func squaredNorm() -> Double {
        let block = 4096
        var total = 0.0
        for start in stride(from: 0, to: count, by: block) {
            unsafe total += Double(Tensors.sum(pointer + start, min(block, count - start)) { $0 * $0 })
        }
        return total
    }

    /// Returns the sum of each row, shape [rows].
    public func rowSums() -> Tensor { unsafe eachRow { unsafe Tensors.sum($0, columns) { $0 } } }

    /// Returns the squared Euclidean norm of each row, shape [rows].
    public func rowSquaredNorms() -> Tensor { unsafe eachRow { unsafe Tensors.sum($0, columns) { $0 * $0 } } }

    private func eachRow(_ f: (UnsafePointer<Float>) -> Float) -> Tensor {
        let result = Tensor(uninitialised: [rows])
        for row in 0..<rows { unsafe result.storage.base[row] = f(pointer + row * columns) }
        return result
    }

    /// Returns the inner product of corresponding rows of two tensors of one shape, shape [rows].
    public func rowInnerProducts(_ other: Tensor) -> Tensor {
        precondition(shape == other.shape, "rowInnerProducts: \(shape) and \(other.shape)")
        let result = Tensor(uninitialised: [rows])
        for row in 0..<rows {
            let offset = row * columns
            unsafe result.storage.base[row] =
                Tensors.sum(pointer + offset, other.pointer + offset, columns) { $0 * $1 }
        }
        return result
    }

    /// Returns the squared Euclidean distance of corresponding rows of two tensors of one shape, shape [rows].
    public func rowSquaredDistances(_ other: Tensor) -> Tensor {
        precondition(shape == other.shape, "rowSquaredDistances: \(shape) and \(other.shape)")
        let result = Tensor(uninitialised: [rows])
        for row in 0..<rows {
            let offset = row * columns
            unsafe result.storage.base[row] =
                Tensors.sum(pointer + offset, other.pointer + offset, columns) { ($0 - $1) * ($0 - $1) }
        }
        return result
    }

    /// Adds the sum of the rows to `target` times `beta`.
    ///
    /// - Shapes: self [rows, columns], target [columns].
    public func sumRows(into target: inout Tensor, beta: Float) {
        precondition(target.count == columns, "sumRows: \(shape) into \(target.shape)")
        target.scale(by: beta)
        let (width, result) = unsafe (columns, target.mutablePointer())
        for row in 0..<rows {
            let start = unsafe pointer + row * width
            forEachVector(width) { i in
                unsafe store(load(result + i) + load(start + i), result + i)
            } tail: { i, lanes in
                for lane in i..<i + lanes { unsafe result[lane] += start[lane] }
            }
        }
    }

    /// The index of the largest element of each row; the first of equals.
    public func rowArgmax() -> [Int32] {
        (0..<rows).map { row in
            var (best, index) = unsafe (pointer[row * columns], Int32(0))
            for column in 1..<max(columns, 1) {
                let value = unsafe pointer[row * columns + column]
                if value > best { (best, index) = (value, Int32(column)) }
            }
            return index
        }
    }
}
