/// Multi-head attention over sequences of one length, causal or full.
///
/// One head of one sequence is three matrices inside the packed projection, multiplied where they lie by strided
/// `sgemm`, a block of queries at a time: under a causal mask a block meets only the keys up to its end. Scores are never
/// kept: the backward pass computes them again, which is cheaper than reading them back.
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

    /// Queries in a block: their scores against a few hundred keys stay in the cache.
    private static let block = 64

    /// The blocks of queries from the last to the first, and the number of keys that each can see.
    private var blocks: [(queries: Range<Int>, keys: Int)] {
        stride(from: 0, to: length, by: Self.block).reversed().map { start in
            let end = min(start + Self.block, length)
            return (start..<end, isCausal ? end : length)
        }
    }

    /// Calls `body` with each sequence and head, and with a scratch matrix [2·block, length] of its thread.
    private func forEachHead(_ body: (_ sequence: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void) {
        let work = length * length * headWidth
        inPieces(of: sequences * heads, grain: max(1, 1 << 18 / max(work, 1))) { piece in
            unsafe Scratch.with(2 * Self.block * length) { scratch in
                for index in piece { unsafe body(index / heads, index % heads, scratch) }
            }
        }
    }

    /// Returns softmax(QKᵀ/√d)·V.
    ///
    /// - Shapes: packed [sequences·length, 3·width] holds Q, K and V side by side → [sequences·length, width].
    /// - Complexity: O(sequences·length²·width).
    public func forward(_ packed: Tensor) -> Tensor {
        precondition(packed.rows == sequences * length && packed.columns == 3 * width, "attention: \(packed.shape)")
        let output = Tensor(uninitialised: [packed.rows, width])
        unsafe forEachHead { sequence, head, p in
            let q = unsafe packed.pointer + offset(sequence, head)
            let to = unsafe output.storage.base + sequence * length * width + head * headWidth
            for (queries, keys) in blocks {
                unsafe probabilities(q, queries, keys, p)
                unsafe product(
                    false, false, queries.count, headWidth, keys, 1, p, keys, q + 2 * width, 3 * width, 0,
                    to + queries.lowerBound * width, width)
            }
        }
        return output
    }

    /// Returns the gradient with respect to the packed projection.
    ///
    /// - Shapes: dy [sequences·length, width], packed as in `forward` → [sequences·length, 3·width].
    public func backward(_ dy: Tensor, _ packed: Tensor) -> Tensor {
        let gradient = Tensor(uninitialised: packed.shape)
        let (stride, d) = (3 * width, headWidth)
        unsafe forEachHead { sequence, head, p in
            let q = unsafe packed.pointer + offset(sequence, head)
            let dq = unsafe gradient.storage.base + offset(sequence, head)
            let dyHead = unsafe dy.pointer + sequence * length * width + head * d
            let dp = unsafe p + Self.block * length
            // The last block meets every key and overwrites their gradients, the others add to them.
            for (queries, keys) in blocks {
                let (n, start, beta) = (queries.count, queries.lowerBound, Float(queries.upperBound == length ? 0 : 1))
                let dyBlock = unsafe dyHead + start * width
                unsafe probabilities(q, queries, keys, p)
                unsafe product(false, true, n, keys, d, 1, dyBlock, width, q + 2 * width, stride, 0, dp, keys)
                unsafe product(true, false, keys, d, n, 1, p, keys, dyBlock, width, beta, dq + 2 * width, stride)
                for row in 0..<n {
                    let (pRow, dpRow) = unsafe (p + row * keys, dp + row * keys)
                    let inner = unsafe sum(pRow, dpRow, keys) { $0 * $1 }
                    unsafe softmaxGradientRow(dpRow, pRow, dpRow, keys, inner, scale)
                }
                let (qBlock, dqBlock) = unsafe (q + start * stride, dq + start * stride)
                unsafe product(false, false, n, d, keys, 1, dp, keys, q + width, stride, 0, dqBlock, stride)
                unsafe product(true, false, keys, d, n, 1, dp, keys, qBlock, stride, beta, dq + width, stride)
            }
        }
        return gradient
    }

    private func offset(_ sequence: Int, _ head: Int) -> Int { sequence * length * 3 * width + head * headWidth }

    /// The attention probabilities of a block of queries, [queries, keys], masked ones being zero.
    private func probabilities(
        _ q: UnsafePointer<Float>, _ queries: Range<Int>, _ keys: Int, _ p: UnsafeMutablePointer<Float>
    ) {
        unsafe product(
            false, true, queries.count, keys, headWidth, scale, q + queries.lowerBound * 3 * width, 3 * width,
            q + width, 3 * width, 0, p, keys)
        for (row, query) in queries.enumerated() {
            let visible = isCausal ? query + 1 : keys
            unsafe softmaxRow(p + row * keys, p + row * keys, visible)
            unsafe (p + row * keys + visible).update(repeating: 0, count: keys - visible)
        }
    }
}
