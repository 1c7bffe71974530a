import TestSupport
import Testing

@testable import Tensors

@Suite("Attention to what came before") struct AttentionCacheTests {
    /// Causal shapes; of heads of odd and even widths, below and above a vector, and of lengths around sixteen.
    private static let shapes: [AttentionShape] = [
        AttentionShape(sequences: 1, length: 1, heads: 1, width: 1),
        AttentionShape(sequences: 2, length: 5, heads: 2, width: 6),
        AttentionShape(sequences: 3, length: 16, heads: 2, width: 10),
        AttentionShape(sequences: 2, length: 17, heads: 3, width: 51),
        AttentionShape(sequences: 20, length: 40, heads: 2, width: 64),
    ]

    private func packed(_ shape: AttentionShape) -> Tensor {
        gridTensor([shape.sequences * shape.length, 3 * shape.width], RandomStream(seed: 98), scale: 2)
    }

    private func order(_ shape: AttentionShape, _ positions: Range<Int>) -> [Int] {
        (0..<shape.sequences).flatMap { sequence in positions.map { sequence * shape.length + $0 } }
    }

    @Test("feeding one position after the other gives what the whole sequence does", arguments: shapes)
    private func steps(_ shape: AttentionShape) {
        let packed = packed(shape)
        let whole = shape.forward(packed)
        var cache = AttentionCache(shape)
        for position in 0..<shape.length {
            let order = order(shape, position..<position + 1)
            let now = packed.gatherRows(order)
            cache.append(now)
            #expect(cache.filled == position + 1)
            expectClose(cache.attend(now), whole.gatherRows(order), "position \(position)")
        }
    }

    @Test("positions that are taken together are those that are taken one by one", arguments: shapes)
    private func together(_ shape: AttentionShape) {
        let packed = packed(shape)
        for count in [1, shape.length / 2, shape.length - 1] where count > 0 && count < shape.length {
            var (together, apart) = (AttentionCache(shape), AttentionCache(shape))
            together.append(packed.gatherRows(order(shape, 0..<count)))
            for position in 0..<count { apart.append(packed.gatherRows(order(shape, position..<position + 1))) }
            let next = packed.gatherRows(order(shape, count..<count + 1))
            together.append(next)
            apart.append(next)
            #expect(together.attend(next) == apart.attend(next))
        }
    }

    @Test("a copy goes its own way") func copies() {
        let shape = Self.shapes[2]
        let (first, second) = (
            packed(shape).gatherRows(order(shape, 0..<1)), packed(shape).gatherRows(order(shape, 1..<2))
        )
        var cache = AttentionCache(shape)
        cache.append(first)
        let before = cache.attend(first)
        var copy = cache
        copy.append(second)
        #expect(cache.attend(first) == before && copy.filled == 2 && cache.filled == 1)
    }
}
