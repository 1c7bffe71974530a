import Foundation
import Synchronization
import Testing

@testable import Tensors

/// What sets the limit on threads has a process of its own: the limit is the process's, and other suites set it too.
@Suite("Work is cut by shape and shared among free threads") struct ForkJoinTests {
    private static func limited<Result>(_ limit: Int, _ body: () throws -> Result) rethrows -> Result {
        Threads.limit = limit
        return try body()
    }

    @Test("pieces cover the range once, in order, few and at multiples of sixteen", arguments: [1, 15, 100, 16_384])
    func pieces(_ grain: Int) {
        for count in [0, 1, 16, 17, 999, 4096, 100_003] {
            let pieces = Pieces(of: count, grain: grain)
            let ranges = (0..<pieces.count).map { pieces[$0] }
            #expect(ranges.flatMap { Array($0) } == Array(0..<count))
            #expect(ranges.count <= 8 && ranges.allSatisfy { $0.lowerBound % 16 == 0 && !$0.isEmpty })
            #expect(ranges.dropLast().allSatisfy { $0.count >= grain })
            let large = Pieces(ofLarge: count, grain: grain)
            let largeRanges = (0..<large.count).map { large[$0] }
            #expect(largeRanges.flatMap { Array($0) } == Array(0..<count))
            #expect(largeRanges.count <= 8 && largeRanges.dropLast().allSatisfy { $0.count >= grain })
        }
    }

    @Test("each index is visited exactly once, by several threads at a time, nested and from several callers")
    func once() async {
        await #expect(processExitsWith: .success) {
            Self.limited(4) {
                let visits = (0..<64).map { _ in Counter() }
                DispatchQueue.concurrentPerform(iterations: 4) { caller in
                    for _ in 0..<200 {
                        concurrently(4) { outer in
                            concurrently(4) { inner in visits[(caller * 4 + outer) * 4 + inner].add() }
                        }
                    }
                }
                #expect(visits.allSatisfy { $0.value == 200 })
            }
        }
    }

    @Test("the bytes of a training step do not depend on the number of threads") func sameBytes() async {
        await #expect(processExitsWith: .success) {
            let alone = Self.limited(1) { Self.step() }
            for limit in [2, 3, 8] { #expect(Self.limited(limit) { Self.step() } == alone) }
        }
    }

    @Test("nor do those of a step on images") func sameImages() async {
        await #expect(processExitsWith: .success) {
            let alone = Self.limited(1) { Self.imageStep() }
            for limit in [2, 3, 8] { #expect(Self.limited(limit) { Self.imageStep() } == alone) }
        }
    }

    @Test("a thread that others count on takes no helper") func budget() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.limited(1) { Self.threadsOfSixteen() } == 1)
            #expect(Self.limited(2) { Threads.working { Threads.working { Self.threadsOfSixteen() } } } == 1)
            // Negative control: with room for two, two work. The helper may be late, so it is called again.
            let most = min(2, activeProcessors())
            Threads.limit = 2
            #expect((0..<2_000).contains { _ in Threads.working { Self.threadsOfSixteen() } == most })
        }
    }

    /// How many threads share sixteen pieces of a millisecond.
    private static func threadsOfSixteen() -> Int {
        let used = Mutex(Set<UInt>())
        concurrently(16) { _ in
            let thread = UInt(bitPattern: ObjectIdentifier(Thread.current).hashValue)
            used.withLock { _ = $0.insert(thread) }
            Thread.sleep(forTimeInterval: 0.001)
        }
        return used.withLock { $0.count }
    }

    private static func step() -> [[Float]] {
        let random = RandomStream(seed: 4)
        let x = random["x"].normalTensor([520, 96])
        let w = random["w"].normalTensor([272, 96])
        var (y, input) = Affine.forward(x, w, .zeros([272]), .gelu, keepsInput: true)
        let sum = Affine.gradient(&y, saved: input, .gelu, sumsRows: true)
        input = nil
        let attention = AttentionShape(sequences: 5, length: 104, heads: 3, width: 96)
        let packed = random["packed"].normalTensor([520, 288])
        let attended = attention.forward(packed)
        return [
            y.values, sum?.values ?? [], attended.values, attention.backward(attended, packed).values,
            matmul(y, w).softmax().values, matmul(y, x, transposing: .left).values,
        ]
    }

    private static func imageStep() -> [[Float]] {
        let random = RandomStream(seed: 5)
        let shape = ConvolutionShape(batch: 12, image: 20, channels: 6, outputs: 9, window: Window(5, padding: 2))
        let x = random["x"].normalTensor(shape.imageShape)
        let w = random["w"].normalTensor(shape.weightShape)
        let y = shape.forward(x, w)
        var (dx, dw) = (Tensor(uninitialised: x.shape), Tensor(uninitialised: w.shape))
        shape.imageGradient(y, w, into: &dx, beta: 0)
        shape.weightGradient(y, x, into: &dw, beta: 0)
        let norms = ConvolutionUses(shape, images: x, gradient: y, examples: 12).squaredNorms()
        let pooling = PoolingShape(batch: 12, image: 20, channels: 9, window: Window(3, stride: 2, padding: 1))
        let pooled = pooling.maximum(y)
        var dy = Tensor(uninitialised: y.shape)
        pooling.maximumGradient(pooled, x: y, y: pooled, into: &dy, beta: 0)
        return [y.values, dx.values, dw.values, norms, pooled.values, dy.values]
    }
}

/// A counter that many threads raise.
private final class Counter: Sendable {
    private let count = Atomic(0)
    func add() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
