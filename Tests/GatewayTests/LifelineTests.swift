import Foundation
import Synchronization
import Testing

@testable import Gateway

@Suite("The end of standard input")
struct LifelineTests {
    @Test("It is noticed when it comes, and what is sent before it is not taken for it")
    func end() async throws {
        let pipe = Pipe()
        let isClosed = Mutex(false)
        let (events, continuation) = AsyncStream.makeStream(of: Bool.self)
        Lifeline.watch(pipe.fileHandleForReading) { continuation.yield(isClosed.withLock(\.self)) }
        // More than a pipe holds, so that all of it is read before the end.
        for _ in 0..<100 { try pipe.fileHandleForWriting.write(contentsOf: Data(repeating: 65, count: 10_000)) }
        isClosed.withLock { $0 = true }
        try pipe.fileHandleForWriting.close()
        #expect(await events.first { _ in true } == true)
    }
}
