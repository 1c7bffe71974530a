/// Multi-head attention over sequences of one length, causal or full.
///
/// One head of one sequence is three matrices inside the packed projection, multiplied where they lie by strided
/// `sgemm`. Scores are never kept: the backward pass computes them again, which is cheaper than reading them back.
public struct AttentionShape: Sendable, Equatable {
    /// Sequences in the batch.
    public var sequences: Int
    /// Positions in a sequence.
    public var length: Int
    /// Heads.
    public var heads: Int
    /// Width of all heads together.
    public var width: Int
    /// Whether a position sees only itself and what came before.
    public var isCausal: Bool

    /// Creates a shape.
    public init(sequences: Int, length: Int, heads: Int, width: Int, isCausal: Bool = true) {
        precondition(width % heads == 0, "attention: width \(width) is no multiple of \(heads) heads")
        self.sequences = sequences
        self.length = length
        self.heads = heads
        self.width = width
        self.isCausal = isCausal
    }

    var headWidth: Int { width / heads }
    var scale: Float { 1 / Float(headWidth).squareRoot() }

    /// Returns softmax(QKᵀ/√d)·V.
    ///
    /// - Shapes: packed [sequences·length, 3·width] holds Q, K and V side by side → [sequences·length, width].
    /// - Complexity: O(sequences·length²·width).
    public func forward(_ packed: Tensor) -> Tensor {
        precondition(packed.rows == sequences * length && packed.columns == 3 * width, "attention: \(packed.shape)")
        let (output, scores) = (Tensor(uninitialised: [packed.rows, width]), Tensor(uninitialised: [length, length]))
        for sequence in 0..<sequences {
            for head in 0..<heads {
                unsafe probabilities(packed.pointer + offset(sequence, head), scores.storage.base)
                unsafe BLAS.gemm(
                    false, false, length, headWidth, length, 1, scores.pointer, length,
                    packed.pointer + offset(sequence, head) + 2 * width, 3 * width, 0,
                    output.storage.base + sequence * length * width + head * headWidth, width)
            }
        }
        return output
    }

    /// Returns the gradient with respect to the packed projection.
    ///
    /// - Shapes: dy [sequences·length, width], packed as in `forward` → [sequences·length, 3·width].
    public func backward(_ dy: Tensor, _ packed: Tensor) -> Tensor {
        let gradient = Tensor(uninitialised: packed.shape)
        let (p, dp) = (Tensor(uninitialised: [length, length]), Tensor(uninitialised: [length, length]))
        let (stride, n, d) = (3 * width, length, headWidth)
        for sequence in 0..<sequences {
            for head in 0..<heads {
                let q = unsafe packed.pointer + offset(sequence, head)
                let dq = unsafe gradient.storage.base + offset(sequence, head)
                let dyHead = unsafe dy.pointer + sequence * n * width + head * d
                unsafe probabilities(q, p.storage.base)
                unsafe BLAS.gemm(false, true, n, n, d, 1, dyHead, width, q + 2 * width, stride, 0, dp.storage.base, n)
                unsafe BLAS.gemm(true, false, n, d, n, 1, p.pointer, n, dyHead, width, 0, dq + 2 * width, stride)
                for row in 0..<n {
                    let (pRow, dpRow) = unsafe (p.pointer + row * n, dp.storage.base + row * n)
                    let inner = unsafe sum(pRow, dpRow, n) { $0 * $1 }
                    unsafe softmaxGradientRow(dpRow, pRow, dpRow, n, inner, scale)
                }
                unsafe BLAS.gemm(false, false, n, d, n, 1, dp.pointer, n, q + width, stride, 0, dq, stride)
                unsafe BLAS.gemm(true, false, n, d, n, 1, dp.pointer, n, q, stride, 0, dq + width, stride)
            }
        }
        return gradient
    }

    private func offset(_ sequence: Int, _ head: Int) -> Int { sequence * length * 3 * width + head * headWidth }

    /// The attention probabilities of one head, masked ones being zero.
    private func probabilities(_ q: UnsafePointer<Float>, _ p: UnsafeMutablePointer<Float>) {
        unsafe BLAS.gemm(
            false, true, length, length, headWidth, scale, q, 3 * width, q + width, 3 * width, 0, p, length)
        for row in 0..<length {
            let visible = isCausal ? row + 1 : length
            unsafe softmaxRow(p + row * length, p + row * length, visible)
            unsafe (p + row * length + visible).update(repeating: 0, count: length - visible)
        }
    }

    /// Returns the attention of one new position per sequence to the cached keys and values.
    ///
    /// - Shapes: packed [sequences, 3·width] of the new position; `keys` and `values` [sequences, length, width] hold
    ///   `filled` positions of which the last is the new one → [sequences, width].
    package func step(_ packed: Tensor, keys: Tensor, values: Tensor, filled: Int) -> Tensor {
        let (output, scores) = (Tensor(uninitialised: [sequences, width]), Tensor(uninitialised: [length]))
        for sequence in 0..<sequences {
            for head in 0..<heads {
                let q = unsafe packed.pointer + sequence * 3 * width + head * headWidth
                let start = sequence * length * width + head * headWidth
                let p = unsafe scores.storage.base
                for position in 0..<filled {
                    unsafe p[position] = scale * sum(q, keys.pointer + start + position * width, headWidth) { $0 * $1 }
                }
                unsafe softmaxRow(p, p, filled)
                let to = unsafe output.storage.base + sequence * width + head * headWidth
                unsafe to.update(repeating: 0, count: headWidth)
                for position in 0..<filled {
                    let from = unsafe values.pointer + start + position * width
                    let weight = unsafe p[position]
                    forEachVector(headWidth) { i in
                        unsafe store(fma(load(from + i), Vector(repeating: weight), load(to + i)), to + i)
                    } tail: { i, lanes in
                        for lane in i..<i + lanes { unsafe to[lane] += weight * from[lane] }
                    }
                }
            }
        }
        return output
    }

    /// Copies the keys and values of one new position into the caches.
    package func cache(_ packed: Tensor, keys: inout Tensor, values: inout Tensor, position: Int) {
        let (k, v) = unsafe (keys.mutablePointer(), values.mutablePointer())
        for sequence in 0..<sequences {
            let (from, to) = unsafe (packed.pointer + sequence * 3 * width, (sequence * length + position) * width)
            unsafe (k + to).update(from: from + width, count: width)
            unsafe (v + to).update(from: from + 2 * width, count: width)
        }
    }
}
