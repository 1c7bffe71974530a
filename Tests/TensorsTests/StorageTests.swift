import Foundation
import Testing

@testable import Tensors

@Suite("Storage returns to its pool") struct StorageTests {
    @Test("capacities are whole vectors, hold the count, and waste little", arguments: 0..<40)
    func capacity(_ seed: Int) {
        for count in [seed, 1 << min(seed, 30), (1 << min(seed, 30)) + 1, seed * 7919 + 1000] {
            let capacity = StoragePool.capacity(for: count)
            #expect(capacity >= max(count, 1) && capacity % 16 == 0)
            #expect(capacity <= max(count + 16, count * 9 / 8))
        }
    }

    @Test("blocks are aligned to 64 bytes", arguments: [0, 1, 17, 1025, 100_000])
    func alignment(_ count: Int) {
        let storage = Storage(count: count)
        unsafe #expect(UInt(bitPattern: storage.base) % 64 == 0)
    }

    /// In a process of its own, since the pool counts for all threads.
    @Test("a steady state asks the operating system for nothing") func steadyState() async {
        await #expect(processExitsWith: .exitCode(17)) {
            func step(_ rows: Int) -> Float {
                let x = Tensor(repeating: 0.5, shape: [rows, 300])
                let w = Tensor(repeating: 0.1, shape: [200, 300])
                var y = matmul(x, w, transposing: .right)
                y.addToRows(.zeros([200]))
                return Float(y.softmax().sum())
            }
            for _ in 0..<3 { _ = step(64) }
            let before = StoragePool.shared.allocations
            // Batches of nearly the same size find each other's blocks.
            for _ in 0..<100 { _ = step(64) }
            let after = StoragePool.shared.allocations
            // Negative control: a much larger batch does ask.
            _ = step(1000)
            exit(before > 0 && after == before && StoragePool.shared.allocations > after ? 17 : 1)
        }
    }

    /// In a process of its own, since the pool counts for all threads.
    @Test("a free block serves a request a little smaller, not a much smaller one") func nearlyAsLarge() async {
        await #expect(processExitsWith: .exitCode(17)) {
            let pool = StoragePool.shared
            func asks(_ count: Int) -> Bool {
                let before = pool.allocations
                let storage = Storage(count: count)
                precondition(storage.capacity >= count)
                return pool.allocations > before
            }
            let answers = [asks(100_000), asks(100_000), asks(90_000), asks(100_000), asks(60_000), asks(110_000)]
            exit(answers == [true, false, false, false, true, true] ? 17 : 1)
        }
    }

    @Test("threads may allocate and free at once") func threads() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<20 {
                group.addTask {
                    (0..<500).allSatisfy { round in
                        let size = 1 + (task * 37 + round * 101) % 3000
                        let value = Float(task * 1000 + round)
                        let tensors = (0..<3).map { Tensor(repeating: value + Float($0), shape: [size]) }
                        return tensors.enumerated().allSatisfy { index, tensor in
                            tensor[0] == value + Float(index) && tensor[size - 1] == value + Float(index)
                        }
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
