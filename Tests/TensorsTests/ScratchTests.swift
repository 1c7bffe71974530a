import Foundation
import Testing

@testable import Tensors

@Suite("Scratch of a thread's own") struct ScratchTests {
    @Test("blocks are aligned, and nested ones do not overlap") func nesting() {
        unsafe Scratch.with(17) { outer in
            unsafe outer.update(repeating: 1, count: 32)
            unsafe Scratch.with(1000) { inner in
                unsafe inner.update(repeating: 2, count: 1008)
                #expect(UInt(bitPattern: outer) % 64 == 0 && UInt(bitPattern: inner) % 64 == 0)
            }
            #expect((0..<32).allSatisfy { unsafe outer[$0] == 1 })
        }
    }

    @Test("a block that is given back is given out again") func reuse() {
        let first = unsafe Scratch.with(100) { UInt(bitPattern: $0) }
        let second = unsafe Scratch.with(200) { UInt(bitPattern: $0) }
        #expect(first == second)
    }

    @Test("what is larger than a stack comes from elsewhere") func large() {
        let count = 9 << 20
        let isWritable = unsafe Scratch.with(count) { block in
            unsafe block[count - 1] = 3
            return unsafe block[count - 1] == 3
        }
        #expect(isWritable)
    }

    @Test("threads do not share a stack") func threads() async {
        let here = (0..<2).map { _ in DispatchSemaphore(value: 0) }
        let addresses = await withTaskGroup(of: UInt.self) { group in
            for own in 0..<2 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            continuation.resume(
                                returning: unsafe Scratch.with(16) { block in
                                    // Neither gives its block back before the other has one.
                                    here[own].signal()
                                    here[1 - own].wait()
                                    return UInt(bitPattern: block)
                                })
                        }
                    }
                }
            }
            return await group.reduce(into: Set<UInt>()) { $0.insert($1) }
        }
        #expect(addresses.count == 2)
    }
}
