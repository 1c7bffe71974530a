import Foundation
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Long work")
struct LongWorkTests {
    /// Counts who is there at once.
    private final class Gauge: Sendable {
        private let counts = Mutex((now: 0, most: 0))

        var most: Int { counts.withLock { $0.most } }

        func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }

        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test(
        "Long pieces are done one at a time, however many there are, and keep no short one waiting",
        .timeLimit(.minutes(1)))
    func apart() async throws {
        let work = LongWork()
        let hold = DispatchSemaphore(value: 0)
        let gauge = Gauge()
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await work(on: LongWork.threshold + 1) {
                        gauge.enter()
                        hold.wait()
                        gauge.leave()
                        return number
                    }
                }
            }
            // All threads that tasks share would be held now, if the pieces were done there.
            #expect(try await work(on: LongWork.threshold) { 17 } == 17)
            for _ in 0..<count { hold.signal() }
            return try await group.reduce(0, +)
        }
        #expect(sum == count * (count - 1) / 2 && gauge.most == 1)
    }

    @Test("An error comes back", arguments: [0, LongWork.threshold + 1])
    func error(bytes: Int) async {
        let error = await #expect(throws: WireError.self) {
            try await LongWork()(on: bytes) { () throws(WireError) -> Int in throw WireError.invalid("a", "b") }
        }
        #expect(error == .invalid("a", "b"))
    }
}
