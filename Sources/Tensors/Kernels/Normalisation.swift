#if canImport(Glibc)
import Glibc
#endif

/// Layer norm and RMS norm over the last axis.
public enum Normalisation: String, Codable, Sendable, CaseIterable {
    /// (x − mean)/√(variance + ε)
    case layer
    /// x/√(mean square + ε)
    case rootMeanSquare = "rms"

    /// What of each row its gradient needs.
    package struct Moments: Sendable {
        /// The mean, zero for RMS norm; shape [rows].
        package let mean: Tensor
        /// 1/√(… + ε), shape [rows].
        package let reciprocal: Tensor
    }

    /// Returns gain·normalised + bias of each row, and the rows' moments.
    ///
    /// - Shapes: x [rows, columns], gain and bias [columns] → [rows, columns].
    package func forward(_ x: Tensor, gain: Tensor, bias: Tensor?, epsilon: Float) -> (Tensor, Moments) {
        let (y, width) = (Tensor(uninitialised: x.shape), x.columns)
        precondition(gain.count == width && bias?.count ?? width == width, "normalise: \(gain.shape) for \(x.shape)")
        let moments = Moments(mean: Tensor(uninitialised: [x.rows]), reciprocal: Tensor(uninitialised: [x.rows]))
        let (factors, shift) = unsafe (gain.pointer, bias?.pointer)
        x.inRowPieces { piece in
            for row in piece {
                let (from, to) = unsafe (x.pointer + row * width, y.storage.base + row * width)
                let (mean, scale) = unsafe statistics(from, width, epsilon)
                unsafe moments.mean.storage.base[row] = mean
                unsafe moments.reciprocal.storage.base[row] = scale
                forEachVector(width) { i in
                    let scaled = unsafe (load(from + i) - mean) * scale * load(factors + i)
                    unsafe store(shift.map { unsafe scaled + load($0 + i) } ?? scaled, to + i)
                } tail: { i, lanes in
                    for lane in i..<i + lanes {
                        let scaled = unsafe (from[lane] - mean) * scale * factors[lane]
                        unsafe to[lane] = scaled + (shift.map { unsafe $0[lane] } ?? 0)
                    }
                }
            }
        }
        return (y, moments)
    }

    /// The mean, zero for RMS norm, and 1/√(mean squared deviation + ε) of one row.
    @inline(__always)
    private func statistics(_ row: UnsafePointer<Float>, _ width: Int, _ epsilon: Float) -> (Float, Float) {
        let mean = unsafe self == .layer ? sum(row, width) { $0 } / Float(width) : 0
        var squares = Vector(repeating: 0)
        forEachVector(width) { i in
            let centred = unsafe load(row + i) - mean
            squares = fma(centred, centred, squares)
        } tail: { i, lanes in
            let centred = unsafe load(row + i, first: lanes, filler: mean) - mean
            squares = fma(centred, centred, squares)
        }
        return (mean, 1 / sqrtf(laneSum(squares) / Float(width) + epsilon))
    }

    /// Writes (β = 0) or adds (β = 1) the gradient with respect to x, and returns those of gain and bias, summed over
    /// each group of rows.
    ///
    /// With n the normalised row, r its reciprocal deviation and g = dy·gain: layer r·(g − mean(g) − n·mean(g·n)), root
    /// mean square r·(g − n·mean(g·n)).
    /// - Shapes: dy and x [rows, columns], gain [columns] → gain and bias [groups, columns]; groups are consecutive rows.
    package func gradient(
        _ dy: Tensor, _ x: Tensor, _ moments: Moments, gain: Tensor, groups: Pieces, into dx: inout Tensor?,
        beta: Float
    ) -> (gain: Tensor, bias: Tensor) {
        let width = x.columns
        let (gains, biases) = (Tensor.zeros([groups.count, width]), Tensor.zeros([groups.count, width]))
        let target = unsafe dx?.mutablePointer()
        concurrently(groups.count) { group in
            let offset = group * width
            let (toGain, toBias) = unsafe (gains.storage.base + offset, biases.storage.base + offset)
            // n and g of one row, in a buffer that holds whole vectors.
            let padded = (width + 15) / 16 * 16
            unsafe Scratch.with(2 * padded) { n in
                let g = unsafe n + padded
                for row in groups[group] {
                    let (from, dyRow) = unsafe (x.pointer + row * width, dy.pointer + row * width)
                    let (mean, scale) = unsafe (moments.mean.pointer[row], moments.reciprocal.pointer[row])
                    var (total, inner) = (Vector(repeating: 0), Vector(repeating: 0))
                    func visit(_ i: Int, _ x: Vector, _ d: Vector, _ gain: Vector) -> (gain: Vector, bias: Vector) {
                        let normalised = (x - mean) * scale
                        let weighted = d * gain
                        unsafe store(normalised, n + i)
                        unsafe store(weighted, g + i)
                        total += weighted
                        inner = fma(weighted, normalised, inner)
                        return (d * normalised, d)
                    }
                    forEachVector(width) { i in
                        let part = unsafe visit(i, load(from + i), load(dyRow + i), load(gain.pointer + i))
                        unsafe store(load(toGain + i) + part.gain, toGain + i)
                        unsafe store(load(toBias + i) + part.bias, toBias + i)
                    } tail: { i, lanes in
                        let part = unsafe visit(
                            i, load(from + i, first: lanes, filler: mean), load(dyRow + i, first: lanes, filler: 0),
                            load(gain.pointer + i, first: lanes, filler: 0))
                        for lane in 0..<lanes {
                            unsafe toGain[i + lane] += part.gain[lane]
                            unsafe toBias[i + lane] += part.bias[lane]
                        }
                    }
                    guard let target = unsafe target else { continue }
                    let to = unsafe target + row * width
                    let shift = self == .layer ? laneSum(total) / Float(width) : 0
                    let slope = laneSum(inner) / Float(width)
                    forEachVector(width) { i in
                        let part = unsafe (load(g + i) - shift - load(n + i) * slope) * scale
                        unsafe store(beta == 0 ? part : load(to + i) + part, to + i)
                    } tail: { i, lanes in
                        let part = unsafe (load(g + i) - shift - load(n + i) * slope) * scale
                        for lane in 0..<lanes { unsafe to[i + lane] = (beta == 0 ? 0 : to[i + lane]) + part[lane] }
                    }
                }
            }
        }
        return (gains, biases)
    }
}
