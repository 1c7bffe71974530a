/// The keys and values of the positions that came before, of one block of a transformer and all its sequences.
///
/// A head's keys lie in groups of sixteen positions, [groups, head width, 16], so that a query meets sixteen of them at a
/// time without a sum over lanes; its values lie one position after the other. Both are read from front to back.
public struct AttentionCache: Sendable {
    private let shape: AttentionShape
    private var keys: Tensor
    private var values: Tensor
    /// How many positions of each sequence are in it.
    public private(set) var filled = 0

    private static let group = 16

    /// Creates an empty cache for up to `shape.length` positions of each sequence.
    public init(_ shape: AttentionShape) {
        self.shape = shape
        let heads = shape.sequences * shape.heads
        let groups = (shape.length + Self.group - 1) / Self.group
        keys = Tensor(uninitialised: [heads, groups * Self.group * shape.headWidth])
        values = Tensor(uninitialised: [heads, shape.length * shape.headWidth])
    }

    /// Takes the keys and values of the next positions, as many of each sequence.
    ///
    /// - Shapes: packed [sequences·new, 3·width] holds queries, keys and values side by side.
    public mutating func append(_ packed: Tensor) {
        let (new, width, d) = (packed.rows / max(shape.sequences, 1), shape.width, shape.headWidth)
        precondition(filled + new <= shape.length, "positions \(filled)..<\(filled + new) of \(shape.length)")
        let (k, v, start) = unsafe (keys.mutablePointer(), values.mutablePointer(), filled)
        let (keyStride, valueStride, heads, source) = unsafe (keys.columns, values.columns, shape.heads, packed.pointer)
        inPieces(of: packed.rows, grain: max(1, 8192 / width)) { rows in
            for row in rows {
                let (sequence, position) = (row / new, start + row % new)
                for head in 0..<heads {
                    let index = sequence * heads + head
                    let from = unsafe source + row * 3 * width + width + head * d
                    let place = position / Self.group * Self.group * d + position % Self.group
                    let toKey = unsafe k + index * keyStride + place
                    for i in 0..<d { unsafe toKey[i * Self.group] = from[i] }
                    unsafe (v + index * valueStride + position * d).update(from: from + width, count: d)
                }
            }
        }
        filled += new
    }

    /// Returns the attention of the newest position of each sequence to all that are in the cache.
    ///
    /// - Shapes: packed [sequences, 3·width] of the newest position → [sequences, width].
    /// - Complexity: O(sequences·filled·width).
    public func attend(_ packed: Tensor) -> Tensor {
        let output = Tensor(uninitialised: [shape.sequences, shape.width])
        let (d, room) = (shape.headWidth, (filled + Self.group - 1) / Self.group * Self.group)
        let work = filled * shape.width
        inPieces(of: shape.sequences, grain: max(1, 1 << 15 / max(work, 1))) { piece in
            unsafe Scratch.with(room) { p in
                for index in piece.lowerBound * shape.heads..<piece.upperBound * shape.heads {
                    let (sequence, head) = index.quotientAndRemainder(dividingBy: shape.heads)
                    let q = unsafe packed.pointer + sequence * 3 * shape.width + head * d
                    unsafe scores(q, keys.pointer + index * keys.columns, p)
                    unsafe softmaxRow(p, p, filled)
                    let to = unsafe output.storage.base + sequence * shape.width + head * d
                    unsafe mean(p, values.pointer + index * values.columns, to)
                }
            }
        }
        return output
    }

    /// The scaled inner products of a query with the keys of a head, and with whatever fills up the last group.
    private func scores(_ q: UnsafePointer<Float>, _ keys: UnsafePointer<Float>, _ p: UnsafeMutablePointer<Float>) {
        let d = shape.headWidth
        for first in stride(from: 0, to: filled, by: Self.group) {
            var (even, odd) = (Vector(repeating: 0), Vector(repeating: 0))
            let group = unsafe keys + first * d
            for i in stride(from: 0, to: d - 1, by: 2) {
                unsafe even = fma(load(group + i * Self.group), Vector(repeating: q[i]), even)
                unsafe odd = fma(load(group + (i + 1) * Self.group), Vector(repeating: q[i + 1]), odd)
            }
            if d % 2 == 1 {
                unsafe even = fma(load(group + (d - 1) * Self.group), Vector(repeating: q[d - 1]), even)
            }
            unsafe store((even + odd) * shape.scale, p + first)
        }
    }

    /// The mean of a head's values under the probabilities.
    private func mean(_ p: UnsafePointer<Float>, _ values: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) {
        let d = shape.headWidth
        forEachVector(d) { i in
            var (even, odd) = (Vector(repeating: 0), Vector(repeating: 0))
            for position in stride(from: 0, to: filled - 1, by: 2) {
                unsafe even = fma(load(values + position * d + i), Vector(repeating: p[position]), even)
                unsafe odd = fma(load(values + (position + 1) * d + i), Vector(repeating: p[position + 1]), odd)
            }
            if filled % 2 == 1 {
                unsafe even = fma(load(values + (filled - 1) * d + i), Vector(repeating: p[filled - 1]), even)
            }
            unsafe store(even + odd, to + i)
        } tail: { i, lanes in
            for lane in i..<i + lanes {
                unsafe to[lane] = (0..<filled).reduce(0) { unsafe $0 + p[$1] * values[$1 * d + lane] }
            }
        }
    }
}
