import Foundation
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Long work")
struct LongWorkTests {
    @Test(
        "Long pieces are done one at a time, however many there are, and keep no short one waiting",
        .timeLimit(.minutes(1)))
    func apart() async throws {
        let work = LongWork()
        let (hold, atOnce) = (DispatchSemaphore(value: 0), Mutex((now: 0, most: 0)))
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await work(on: LongWork.threshold + 1) {
                        atOnce.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        hold.wait()
                        atOnce.withLock { $0.now -= 1 }
                        return number
                    }
                }
            }
            // All threads that tasks share would be held now, if the pieces were done there.
            #expect(try await work(on: LongWork.threshold) { 17 } == 17)
            for _ in 0..<count { hold.signal() }
            return try await group.reduce(0, +)
        }
        #expect(sum == count * (count - 1) / 2 && atOnce.withLock { $0.most } == 1)
    }

    @Test("An error comes back", arguments: [0, LongWork.threshold + 1])
    func error(bytes: Int) async {
        let error = await #expect(throws: WireError.self) {
            try await LongWork()(on: bytes) { () throws(WireError) -> Int in throw WireError.invalid("a", "b") }
        }
        #expect(error == .invalid("a", "b"))
    }
}
