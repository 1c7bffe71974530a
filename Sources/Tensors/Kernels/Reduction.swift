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
        inRowPieces { piece in
            for row in piece { unsafe result.storage.base[row] = f(pointer + row * columns) }
        }
        return result
    }

    /// Returns f of each row and the corresponding row of another tensor of the same shape, shape [rows].
    @inline(__always)
    func eachRow(with other: Tensor, _ f: (UnsafePointer<Float>, UnsafePointer<Float>) -> Float) -> Tensor {
        let result = Tensor(uninitialised: [rows])
        inRowPieces { piece in
            for row in piece {
                unsafe result.storage.base[row] = f(pointer + row * columns, other.pointer + row * columns)
            }
        }
        return result
    }

    /// Returns the inner product of corresponding rows of two tensors of one shape, shape [rows].
    public func rowInnerProducts(_ other: Tensor) -> Tensor {
        precondition(shape == other.shape, "rowInnerProducts: \(shape) and \(other.shape)")
        return unsafe eachRow(with: other) { unsafe Tensors.sum($0, $1, columns) { $0 * $1 } }
    }

    /// Returns the squared Euclidean distance of corresponding rows of two tensors of one shape, shape [rows].
    public func rowSquaredDistances(_ other: Tensor) -> Tensor {
        precondition(shape == other.shape, "rowSquaredDistances: \(shape) and \(other.shape)")
        return unsafe eachRow(with: other) { unsafe Tensors.sum($0, $1, columns) { ($0 - $1) * ($0 - $1) } }
    }

    /// Adds the sum of the rows to `target` times `beta`.
    ///
    /// - Shapes: self [rows, columns], target [columns].
    public func sumRows(into target: inout Tensor, beta: Float) {
        precondition(target.count == columns, "sumRows: \(shape) into \(target.shape)")
        let pieces = rowPieces
        guard pieces.count > 1 else {
            target.scale(by: beta)
            let sum = unsafe target.mutablePointer()
            for row in 0..<rows { unsafe addRow(pointer + row * columns, sum, columns) }
            return
        }
        let partial = Tensor.zeros([pieces.count, columns])
        concurrently(pieces.count) { index in
            let sum = unsafe partial.storage.base + index * columns
            for row in pieces[index] { unsafe addRow(pointer + row * columns, sum, columns) }
        }
        target.scale(by: beta)
        let sum = unsafe target.mutablePointer()
        for piece in 0..<pieces.count { unsafe addRow(partial.pointer + piece * columns, sum, columns) }
    }

    /// Returns the sum of each group of `size` consecutive rows.
    ///
    /// - Shapes: [groups·size, columns] → [groups, columns].
    package func groupSums(_ size: Int) -> Tensor {
        guard size > 1 else { return self }
        precondition(rows % size == 0, "groupSums: \(shape) in groups of \(size)")
        let (width, sums) = (columns, Tensor.zeros([rows / size, columns]))
        concurrently(Pieces(ofLarge: sums.rows, grain: max(1, 16_384 / max(1, size * width)))) { piece in
            for group in piece {
                let sum = unsafe sums.storage.base + group * width
                for row in group * size..<(group + 1) * size { unsafe addRow(pointer + row * width, sum, width) }
            }
        }
        return sums
    }

    /// Adds Σ weightsᵢ·(row i) to a target of as many elements as there are columns.
    ///
    /// - Shapes: weights [rows]; self [rows, columns].
    /// - Complexity: one pass over the rows, for stretches of columns that stay in the first cache.
    package func addWeightedRows(_ weights: [Float], to target: inout Tensor) {
        precondition(weights.count == rows && target.count == columns, "addWeightedRows: \(shape), \(target.shape)")
        let (rows, columns, stretch) = (rows, columns, 2048)
        let (source, sum) = unsafe (pointer, target.mutablePointer())
        inPieces(of: columns, grain: max(stretch, 16_384 / max(rows, 1))) { piece in
            for start in stride(from: piece.lowerBound, to: piece.upperBound, by: stretch) {
                let count = min(stretch, piece.upperBound - start)
                for row in 0..<rows {
                    unsafe addMultiple(weights[row], source + row * columns + start, sum + start, count)
                }
            }
        }
    }

    /// Returns the sum of the rows, shape [columns].
    package func sumOfRows() -> Tensor {
        var sum = Tensor(uninitialised: [columns])
        sumRows(into: &sum, beta: 0)
        return sum
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

/// to ← to + from on one row.
@inline(__always)
func addRow(_ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int) {
    forEachVector(count) { i in
        unsafe store(load(to + i) + load(from + i), to + i)
    } tail: { i, lanes in
        for lane in i..<i + lanes { unsafe to[lane] += from[lane] }
    }
}
