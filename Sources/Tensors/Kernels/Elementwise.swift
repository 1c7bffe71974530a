import CVec

/// Arithmetic on tensors of one shape; all functions run over whole vectors.
extension Tensor {
    private func zip(_ other: Tensor, _ name: String, _ f: (Vector, Vector) -> Vector) -> Tensor {
        precondition(count == other.count, "\(name): \(shape) and \(other.shape)")
        let result = Tensor(uninitialised: shape)
        inElementPieces { piece in
            let start = piece.lowerBound
            unsafe map(pointer + start, other.pointer + start, result.storage.base + start, piece.count, f)
        }
        return result
    }

    private func mapped(_ f: (Vector) -> Vector) -> Tensor {
        let result = Tensor(uninitialised: shape)
        inElementPieces { piece in
            unsafe map(pointer + piece.lowerBound, result.storage.base + piece.lowerBound, piece.count, f)
        }
        return result
    }

    private mutating func update(_ f: (Vector) -> Vector) {
        let target = unsafe mutablePointer()
        inElementPieces { piece in
            unsafe map(target + piece.lowerBound, target + piece.lowerBound, piece.count, f)
        }
    }

    /// Returns the elementwise sum.
    public static func + (a: Tensor, b: Tensor) -> Tensor { a.zip(b, "+") { $0 + $1 } }
    /// Returns the elementwise difference.
    public static func - (a: Tensor, b: Tensor) -> Tensor { a.zip(b, "−") { $0 - $1 } }
    /// Returns the elementwise product.
    public static func * (a: Tensor, b: Tensor) -> Tensor { a.zip(b, "·") { $0 * $1 } }
    /// Returns the tensor times a number.
    public static func * (a: Tensor, factor: Float) -> Tensor {
        a.mapped { $0 * factor }
    }
    /// Returns the tensor with a number added to each element.
    public static func + (a: Tensor, term: Float) -> Tensor {
        a.mapped { $0 + term }
    }

    /// Adds `factor` times another tensor.
    public mutating func add(_ other: Tensor, times factor: Float = 1) {
        precondition(count == other.count, "add: \(shape) and \(other.shape)")
        let target = unsafe mutablePointer()
        inElementPieces { piece in
            let (from, to) = unsafe (other.pointer + piece.lowerBound, target + piece.lowerBound)
            unsafe map(from, to, to, piece.count) { fma($0, Vector(repeating: factor), $1) }
        }
    }

    /// Multiplies each element by a number; 0 also erases what is not finite.
    public mutating func scale(by factor: Float) {
        let zero = Vector(repeating: 0)
        if factor == 0 { update { _ in zero } } else { update { $0 * factor } }
    }

    /// Clamps each element to a range.
    public mutating func clamp(_ lower: Float, _ upper: Float) {
        update { Tensors.clamp($0, lower, upper) }
    }

    /// Adds a vector to each row of the matrix [rows, columns].
    ///
    /// - Shapes: `bias` is [columns].
    public mutating func addToRows(_ bias: Tensor) {
        precondition(bias.count == columns, "addToRows: \(bias.shape) to \(shape)")
        let (width, target) = unsafe (columns, mutablePointer())
        inRowPieces { piece in
            for row in piece {
                let start = unsafe target + row * width
                forEachVector(width) { i in
                    unsafe store(load(start + i) + load(bias.pointer + i), start + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes { unsafe start[lane] += bias.pointer[lane] }
                }
            }
        }
    }

    /// Multiplies row r by `factors[r]`.
    public mutating func scaleRows(by factors: [Float]) {
        precondition(factors.count == rows, "scaleRows: \(factors.count) factors for \(shape)")
        let (width, target) = unsafe (columns, mutablePointer())
        inRowPieces { piece in
            for row in piece {
                let (start, factor) = unsafe (target + row * width, factors[row])
                forEachVector(width) { i in
                    unsafe store(load(start + i) * factor, start + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes { unsafe start[lane] *= factor }
                }
            }
        }
    }

    /// Returns rows of which each group of `size` consecutive ones is multiplied by its factor.
    ///
    /// - Shapes: factors [rows / size].
    package func scaledRows(by factors: [Float], each size: Int) -> Tensor {
        precondition(factors.count * size == rows, "scaledRows: \(factors.count) factors, groups of \(size), \(shape)")
        let (result, width) = (Tensor(uninitialised: shape), columns)
        inRowPieces { piece in
            for row in piece {
                let (from, to) = unsafe (pointer + row * width, result.storage.base + row * width)
                let factor = factors[row / size]
                forEachVector(width) { i in
                    unsafe store(load(from + i) * factor, to + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes { unsafe to[lane] = from[lane] * factor }
                }
            }
        }
        return result
    }

    /// Multiplies each row elementwise by a vector.
    ///
    /// - Shapes: gain [columns].
    package mutating func multiplyRows(by gain: Tensor) {
        precondition(gain.count == columns, "multiplyRows: \(gain.shape) for \(shape)")
        let (width, target) = unsafe (columns, mutablePointer())
        inRowPieces { piece in
            for row in piece {
                let start = unsafe target + row * width
                forEachVector(width) { i in
                    unsafe store(load(start + i) * load(gain.pointer + i), start + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes { unsafe start[lane] *= gain.pointer[lane] }
                }
            }
        }
    }
}
