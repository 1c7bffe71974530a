import CVec

/// Arithmetic on tensors of one shape; all functions run over whole vectors.
extension Tensor {
    private func zip(_ other: Tensor, _ name: String, _ f: (Vector, Vector) -> Vector) -> Tensor {
        precondition(count == other.count, "\(name): \(shape) and \(other.shape)")
        let result = Tensor(uninitialised: shape)
        unsafe map(pointer, other.pointer, result.storage.base, count, f)
        return result
    }

    /// Returns the elementwise sum.
    public static func + (a: Tensor, b: Tensor) -> Tensor { a.zip(b, "+") { $0 + $1 } }
    /// Returns the elementwise difference.
    public static func - (a: Tensor, b: Tensor) -> Tensor { a.zip(b, "−") { $0 - $1 } }
    /// Returns the elementwise product.
    public static func * (a: Tensor, b: Tensor) -> Tensor { a.zip(b, "·") { $0 * $1 } }
    /// Returns the tensor times a number.
    public static func * (a: Tensor, factor: Float) -> Tensor {
        let result = Tensor(uninitialised: a.shape)
        unsafe map(a.pointer, result.storage.base, a.count) { $0 * factor }
        return result
    }
    /// Returns the tensor with a number added to each element.
    public static func + (a: Tensor, term: Float) -> Tensor {
        let result = Tensor(uninitialised: a.shape)
        unsafe map(a.pointer, result.storage.base, a.count) { $0 + term }
        return result
    }

    /// Adds `factor` times another tensor.
    public mutating func add(_ other: Tensor, times factor: Float = 1) {
        precondition(count == other.count, "add: \(shape) and \(other.shape)")
        let target = unsafe mutablePointer()
        unsafe map(other.pointer, target, target, count) { fma($0, Vector(repeating: factor), $1) }
    }

    /// Multiplies each element by a number; 0 also erases what is not finite.
    public mutating func scale(by factor: Float) {
        let target = unsafe mutablePointer()
        if factor == 0 {
            unsafe target.update(repeating: 0, count: count)
        } else {
            unsafe map(target, target, count) { $0 * factor }
        }
    }

    /// Clamps each element to a range.
    public mutating func clamp(_ lower: Float, _ upper: Float) {
        let target = unsafe mutablePointer()
        unsafe map(target, target, count) { Tensors.clamp($0, lower, upper) }
    }

    /// Adds a vector to each row of the matrix [rows, columns].
    ///
    /// - Shapes: `bias` is [columns].
    public mutating func addToRows(_ bias: Tensor) {
        precondition(bias.count == columns, "addToRows: \(bias.shape) to \(shape)")
        let (width, target) = unsafe (columns, mutablePointer())
        for row in 0..<rows {
            let start = unsafe target + row * width
            forEachVector(width) { i in
                unsafe store(load(start + i) + load(bias.pointer + i), start + i)
            } tail: { i, lanes in
                for lane in i..<i + lanes { unsafe start[lane] += bias.pointer[lane] }
            }
        }
    }

    /// Multiplies row r by `factors[r]`.
    public mutating func scaleRows(by factors: [Float]) {
        precondition(factors.count == rows, "scaleRows: \(factors.count) factors for \(shape)")
        let (width, target) = unsafe (columns, mutablePointer())
        for (row, factor) in factors.enumerated() {
            let start = unsafe target + row * width
            forEachVector(width) { i in
                unsafe store(load(start + i) * factor, start + i)
            } tail: { i, lanes in
                for lane in i..<i + lanes { unsafe start[lane] *= factor }
            }
        }
    }
}
