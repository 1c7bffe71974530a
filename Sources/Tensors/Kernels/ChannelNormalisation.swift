import CVec

/// Batch, group and instance norm: normalisation of channels, which are the columns of a matrix of positions.
///
/// The rows are cut into equal segments (the whole batch, or one image each) and the channels into equal groups; every
/// segment and group has a mean and a variance of its own. Batch norm is one segment with a group per channel, group
/// norm a segment per image, instance norm both.
package struct ChannelNormalisation: Sendable {
    let segments: Int
    let groups: Int

    /// Creates a normalisation; `segments` must divide the rows, `groups` the channels.
    package init(segments: Int, groups: Int) { (self.segments, self.groups) = (segments, groups) }

    /// Returns the mean and the biased variance of each segment and group, by two passes.
    ///
    /// - Shapes: x [rows, channels] → [segments, channels] each, with equal numbers within a group.
    package func moments(of x: Tensor) -> (mean: Tensor, variance: Tensor) {
        let width = x.columns
        var mean = unsafe sums(x.rows, width) { block, _, total in
            unsafe addColumns(block, width, into: total) { i, _, lanes in unsafe load(x.pointer + i, lanes) }
        }
        averageGroups(&mean, rows: x.rows)
        var variance = unsafe sums(x.rows, width) { block, segment, total in
            let centre = unsafe mean.pointer + segment * width
            unsafe addColumns(block, width, into: total) { i, column, lanes in
                let centred = unsafe load(x.pointer + i, lanes) - load(centre + column, lanes)
                return centred * centred
            }
        }
        averageGroups(&variance, rows: x.rows)
        return (mean, variance)
    }

    /// Returns (x − mean)·scale + bias.
    ///
    /// - Shapes: x [rows, channels], mean and scale [segments, channels], bias [channels] → [rows, channels].
    package func apply(_ x: Tensor, mean: Tensor, scale: Tensor, bias: Tensor) -> Tensor {
        let (y, width) = (Tensor(uninitialised: x.shape), x.columns)
        forEachBlock(x.rows, width) { block, segment, _ in
            let (centre, factor) = unsafe (mean.pointer + segment * width, scale.pointer + segment * width)
            forEachVector(width) { column in
                let (m, s, b) = unsafe (load(centre + column), load(factor + column), load(bias.pointer + column))
                for row in block {
                    let i = row * width + column
                    unsafe store(fma(load(x.pointer + i) - m, s, b), y.storage.base + i)
                }
            } tail: { column, lanes in
                for row in block {
                    for c in column..<column + lanes {
                        let i = row * width + c
                        unsafe y.storage.base[i] = (x.pointer[i] - centre[c]) * factor[c] + bias.pointer[c]
                    }
                }
            }
        }
        return y
    }

    /// Returns Σ dy and Σ dy·(x − mean)·reciprocal over the rows of each segment: the gradients of bias and gain.
    ///
    /// - Shapes: dy and x [rows, channels], mean and reciprocal [segments, channels] → [segments, channels] each.
    package func parameterGradients(_ dy: Tensor, x: Tensor, mean: Tensor, reciprocal: Tensor) -> (
        bias: Tensor, gain: Tensor
    ) {
        let width = x.columns
        let bias = unsafe sums(x.rows, width) { block, _, total in
            unsafe addColumns(block, width, into: total) { i, _, lanes in unsafe load(dy.pointer + i, lanes) }
        }
        let gain = unsafe sums(x.rows, width) { block, segment, total in
            let centre = unsafe mean.pointer + segment * width
            unsafe addColumns(block, width, into: total) { i, column, lanes in
                let centred = unsafe load(x.pointer + i, lanes) - load(centre + column, lanes)
                return unsafe centred * load(dy.pointer + i, lanes)
            }
        }
        return (bias, gain * reciprocal)
    }

    /// Returns the gradient with respect to x, through mean and variance, given what `parameterGradients` returned;
    /// without that, mean and variance are taken to be fixed.
    ///
    /// With g the gain, n the normalised element and r the reciprocal deviation: r·(g·dy − mean(g·dy) − n·mean(g·dy·n)),
    /// the means being over a segment and group.
    package func gradient(
        _ dy: Tensor, x: Tensor, mean: Tensor, reciprocal: Tensor, gain: Tensor, sums: (bias: Tensor, gain: Tensor)?
    ) -> Tensor {
        var (constant, linear) = sums ?? (.zeros(mean.shape), .zeros(mean.shape))
        constant.multiplyRows(by: gain)
        linear.multiplyRows(by: gain)
        averageGroups(&constant, rows: x.rows)
        averageGroups(&linear, rows: x.rows)
        let (shift, slope) = (constant * reciprocal, linear * reciprocal * reciprocal)
        var scale = reciprocal
        scale.multiplyRows(by: gain)
        let (dx, width) = (Tensor(uninitialised: x.shape), x.columns)
        forEachBlock(x.rows, width) { block, segment, _ in
            let start = segment * width
            let (centre, factor) = unsafe (mean.pointer + start, scale.pointer + start)
            let (offset, tilt) = unsafe (shift.pointer + start, slope.pointer + start)
            forEachVector(width) { column in
                let (m, s) = unsafe (load(centre + column), load(factor + column))
                let (c, t) = unsafe (load(offset + column), load(tilt + column))
                for row in block {
                    let i = row * width + column
                    let bent = unsafe fma(load(x.pointer + i) - m, t, c)
                    unsafe store(fma(load(dy.pointer + i), s, -bent), dx.storage.base + i)
                }
            } tail: { column, lanes in
                for row in block {
                    for c in column..<column + lanes {
                        let i = row * width + c
                        unsafe dx.storage.base[i] =
                            dy.pointer[i] * factor[c] - (x.pointer[i] - centre[c]) * tilt[c] - offset[c]
                    }
                }
            }
        }
        return dx
    }

    /// Replaces the sums over the rows of a segment by means over a segment and group.
    private func averageGroups(_ sums: inout Tensor, rows: Int) {
        let size = sums.columns / max(groups, 1)
        let count = Float(rows / max(segments, 1) * size)
        let (height, width, target) = unsafe (sums.rows, sums.columns, sums.mutablePointer())
        for first in stride(from: 0, to: height * width, by: max(size, 1)) {
            var total: Float = 0
            for channel in first..<first + size { unsafe total += target[channel] }
            for channel in first..<first + size { unsafe target[channel] = total / count }
        }
    }

    /// A block of rows is summed by itself, so that the sum over many rows keeps its digits.
    private static let blockRows = 128

    /// Calls `body` with each block of rows, its segment and its number.
    private func forEachBlock(_ rows: Int, _ width: Int, _ body: (Range<Int>, Int, Int) -> Void) {
        guard segments > 0, rows > 0 else { return }
        let length = rows / segments
        let perSegment = (length + Self.blockRows - 1) / Self.blockRows
        inPieces(of: segments * perSegment, grain: max(1, 16_384 / (width * min(length, Self.blockRows)))) { piece in
            for number in piece {
                let (segment, start) = (number / perSegment, number % perSegment * Self.blockRows)
                let end = min(start + Self.blockRows, length)
                body(segment * length + start..<segment * length + end, segment, number)
            }
        }
    }

    /// Returns what `body` sums up over the rows of each segment, shape [segments, width].
    private func sums(
        _ rows: Int, _ width: Int, _ body: (Range<Int>, Int, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let length = rows / max(segments, 1)
        let perSegment = (length + Self.blockRows - 1) / Self.blockRows
        guard perSegment > 0 else { return .zeros([segments, width]) }
        let parts = Tensor(uninitialised: [segments * perSegment, width])
        forEachBlock(rows, width) { block, segment, number in
            unsafe body(block, segment, parts.storage.base + number * width)
        }
        guard perSegment > 1 else { return parts }
        var result = Tensor.zeros([segments, width])
        result.scatterAddRows((0..<segments * perSegment).map { Int32($0 / perSegment) }, parts)
        return result
    }
}

/// sums[column] ← Σ term(row·width + column, column, lanes) over rows.
@inline(__always)
private func addColumns(
    _ rows: Range<Int>, _ width: Int, into sums: UnsafeMutablePointer<Float>, _ term: (Int, Int, Int) -> Vector
) {
    forEachVector(width) { column in
        var total = Vector(repeating: 0)
        for row in rows { total += term(row * width + column, column, 16) }
        unsafe store(total, sums + column)
    } tail: { column, lanes in
        var total = Vector(repeating: 0)
        for row in rows { total += term(row * width + column, column, lanes) }
        unsafe store(total, sums + column, first: lanes)
    }
}

/// Loads a whole vector, or the first lanes of one and zeros.
@inline(__always)
private func load(_ pointer: UnsafePointer<Float>, _ lanes: Int) -> Vector {
    unsafe lanes == 16 ? load(pointer) : load(pointer, first: lanes, filler: 0)
}

extension Tensor {
    /// Returns 1/√(x + ε) of each element.
    package func reciprocalDeviations(_ epsilon: Float) -> Tensor {
        let result = Tensor(uninitialised: shape)
        unsafe map(pointer, result.storage.base, count) { 1 / vec_sqrt($0 + epsilon) }
        return result
    }
}
