/// The softmax family over the last axis.
extension Tensor {
    /// Returns the softmax of each row.
    ///
    /// - Complexity: O(count), two passes over each row.
    public func softmax() -> Tensor {
        let result = Tensor(uninitialised: shape)
        inRowPieces { piece in
            for row in piece {
                unsafe softmaxRow(pointer + row * columns, result.storage.base + row * columns, columns)
            }
        }
        return result
    }

    /// Returns ln Σ eˣ of each row, shape [rows].
    public func logSumExp() -> Tensor {
        let result = Tensor(uninitialised: [rows])
        inRowPieces { piece in
            for row in piece {
                let start = unsafe pointer + row * columns
                let largest = unsafe maximum(start, columns)
                unsafe result.storage.base[row] = largest + scalarLog(sumOfExponentials(start, columns, largest))
            }
        }
        return result
    }

    /// Returns the logarithm of the softmax of each row.
    public func logSoftmax() -> Tensor {
        let (result, normalisers) = (Tensor(uninitialised: shape), logSumExp())
        inRowPieces { piece in
            for row in piece {
                let (from, to) = unsafe (pointer + row * columns, result.storage.base + row * columns)
                let normaliser = normalisers[row]
                forEachVector(columns) { i in
                    unsafe store(load(from + i) - normaliser, to + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes { unsafe to[lane] = from[lane] - normaliser }
                }
            }
        }
        return result
    }

    /// Returns the gradient of a softmax from its output: y·(dy − ⟨dy, y⟩) per row.
    public static func softmaxGradient(_ dy: Tensor, output y: Tensor) -> Tensor {
        let (dx, inner) = (Tensor(uninitialised: y.shape), y.rowInnerProducts(dy))
        y.inRowPieces { piece in
            for row in piece {
                let offset = row * y.columns
                unsafe softmaxGradientRow(
                    dy.pointer + offset, y.pointer + offset, dx.storage.base + offset, y.columns, inner[row], 1)
            }
        }
        return dx
    }
}

@inline(__always)
func scalarLog(_ x: Float) -> Float { log(Vector(repeating: x))[0] }

@inline(__always)
func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var largest = Vector(repeating: -.greatestFiniteMagnitude)
    forEachVector(count) { i in
        let v = unsafe load(x + i)
        largest = largest.replacing(with: v, where: v .> largest)
    } tail: { i, lanes in
        let v = unsafe load(x + i, first: lanes, filler: -.greatestFiniteMagnitude)
        largest = largest.replacing(with: v, where: v .> largest)
    }
    return laneMaximum(largest)
}

@inline(__always)
func sumOfExponentials(_ x: UnsafePointer<Float>, _ count: Int, _ largest: Float) -> Float {
    var total = Vector(repeating: 0)
    forEachVector(count) { i in
        unsafe total += exp(load(x + i) - largest)
    } tail: { i, lanes in
        // Lanes beyond the row count e⁻⁸⁷ each, far below the last bit of a sum that is at least 1.
        unsafe total += exp(load(x + i, first: lanes, filler: -.greatestFiniteMagnitude) - largest)
    }
    return laneSum(total)
}

/// y ← factor·softmax(x) on one row; x and y may be the same.
@inline(__always)
func softmaxRow(
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, times factor: Float = 1
) {
    let largest = unsafe maximum(x, count)
    var total = Vector(repeating: 0)
    forEachVector(count) { i in
        let e = unsafe exp(load(x + i) - largest)
        total += e
        unsafe store(e, y + i)
    } tail: { i, lanes in
        let e = unsafe exp(load(x + i, first: lanes, filler: -.greatestFiniteMagnitude) - largest)
        total += e
        unsafe store(e, y + i, first: lanes)
    }
    let scale = factor / laneSum(total)
    forEachVector(count) { i in
        unsafe store(load(y + i) * scale, y + i)
    } tail: { i, lanes in
        for lane in i..<i + lanes { unsafe y[lane] *= scale }
    }
}

/// dx ← factor·y·(dy − inner) on one row.
@inline(__always)
func softmaxGradientRow(
    _ dy: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>, _ count: Int,
    _ inner: Float, _ factor: Float
) {
    forEachVector(count) { i in
        unsafe store(factor * load(y + i) * (load(dy + i) - inner), dx + i)
    } tail: { i, lanes in
        for lane in i..<i + lanes { unsafe dx[lane] = factor * y[lane] * (dy[lane] - inner) }
    }
}
