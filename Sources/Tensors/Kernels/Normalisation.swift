#if canImport(Glibc)
import Glibc
#endif

/// Layer norm and RMS norm over the last axis.
public enum Normalisation: Sendable {
    /// (x − mean)/√(variance + ε)
    case layer
    /// x/√(mean square + ε)
    case rootMeanSquare

    /// Returns the normalised rows before gain and bias, and 1/√(… + ε) of each row.
    ///
    /// - Shapes: x [rows, columns] → normalised [rows, columns], reciprocal deviation [rows].
    package func normalise(_ x: Tensor, epsilon: Float) -> (normalised: Tensor, reciprocal: Tensor) {
        let (normalised, reciprocal) = (Tensor(uninitialised: x.shape), Tensor(uninitialised: [x.rows]))
        let width = x.columns
        for row in 0..<x.rows {
            let (from, to) = unsafe (x.pointer + row * width, normalised.storage.base + row * width)
            let mean = unsafe self == .layer ? sum(from, width) { $0 } / Float(width) : 0
            var squares = Vector(repeating: 0)
            forEachVector(width) { i in
                let centred = unsafe load(from + i) - mean
                squares = fma(centred, centred, squares)
            } tail: { i, lanes in
                let centred = unsafe load(from + i, first: lanes, filler: mean) - mean
                squares = fma(centred, centred, squares)
            }
            let square = laneSum(squares)
            let scale = 1 / sqrtf(square / Float(width) + epsilon)
            unsafe reciprocal.storage.base[row] = scale
            forEachVector(width) { i in
                unsafe store((load(from + i) - mean) * scale, to + i)
            } tail: { i, lanes in
                for lane in i..<i + lanes { unsafe to[lane] = (from[lane] - mean) * scale }
            }
        }
        return (normalised, reciprocal)
    }

    /// Returns the gradient with respect to x, given the gradient g with respect to the normalised rows.
    ///
    /// With n the normalised row: layer r·(g − mean(g) − n·mean(g·n)), root mean square r·(g − n·mean(g·n)).
    package func gradient(_ g: Tensor, normalised: Tensor, reciprocal: Tensor) -> Tensor {
        let (dx, width) = (Tensor(uninitialised: g.shape), g.columns)
        for row in 0..<g.rows {
            let offset = row * width
            let (dn, n) = unsafe (g.pointer + offset, normalised.pointer + offset)
            let to = unsafe dx.storage.base + offset
            let mean = unsafe self == .layer ? sum(dn, width) { $0 } / Float(width) : 0
            let inner = unsafe sum(dn, n, width) { $0 * $1 } / Float(width)
            let scale = reciprocal[row]
            forEachVector(width) { i in
                unsafe store((load(dn + i) - mean - load(n + i) * inner) * scale, to + i)
            } tail: { i, lanes in
                for lane in i..<i + lanes { unsafe to[lane] = (dn[lane] - mean - n[lane] * inner) * scale }
            }
        }
        return dx
    }
}

extension Tensor {
    /// Multiplies each row elementwise by a vector.
    ///
    /// - Shapes: gain [columns].
    package mutating func multiplyRows(by gain: Tensor) {
        precondition(gain.count == columns, "multiplyRows: \(gain.shape) for \(shape)")
        let (width, height, target) = unsafe (columns, rows, mutablePointer())
        for row in 0..<height {
            let start = unsafe target + row * width
            forEachVector(width) { i in
                unsafe store(load(start + i) * load(gain.pointer + i), start + i)
            } tail: { i, lanes in
                for lane in i..<i + lanes { unsafe start[lane] *= gain.pointer[lane] }
            }
        }
    }
}
