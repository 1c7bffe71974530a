import Foundation
import Synchronization
import Tensors
import Testing

@testable import Client
@testable import ThreatModel

@Suite struct RetryPolicyTests {
    /// Remembers the waits instead of waiting.
    private final class Waits: Sendable {
        let seconds = Mutex<[Double]>([])
        func policy(_ tries: Int = 4) -> RetryPolicy {
            RetryPolicy(tries: tries, connectionTries: 3, longestWait: 60) { pause in
                self.seconds.withLock { $0.append(pause) }
            }
        }
        var all: [Double] { seconds.withLock(\.self) }
    }

    private let query = Query.classify(ServedModels.rows.rows(0..<3))

    private func local() throws -> LocalService { LocalService(try ServedModels.model("classifier").model) }

    private let busy = WireServer.Mishap.error(.refused(.rateLimited(retryAfter: 2.5)))
    private let stopping = WireServer.Mishap.error(.refused(.unavailable("stopping")))

    @Test("A busy service is asked again after the time that it names, and the answer is the same")
    func busyService() throws {
        let (waits, local) = (Waits(), try local())
        let server = try WireServer(local, mishaps: [nil, busy, stopping, busy])
        let remote = RemoteService(server.url, retries: waits.policy())
        #expect(try remote.answer(query) == local.answer(query))
        #expect(waits.all == [2.5, 1, 2.5])
        #expect(server.requests.count == 4)
        // The same question each time: the body is that of the first attempt.
        #expect(Set(server.requests.map(\.body)).count == 1)
        #expect(Set(server.requests.map { $0.headers["idempotency-key"] }).count == 1)
        _ = try remote.answer(query)
        // The same question once more is another request, with a name of its own.
        let names = server.requests.compactMap { $0.headers["idempotency-key"] }
        #expect(names.count == 5 && Set(names).count == 2)
    }

    @Test("After the last try the refusal is told")
    func exhaustion() throws {
        let waits = Waits()
        let server = try WireServer(try local(), mishaps: [nil] + Array(repeating: busy, count: 10))
        let remote = RemoteService(server.url, retries: waits.policy(3))
        #expect(throws: ThreatModelError.refused(.rateLimited(retryAfter: 2.5))) { try remote.answer(query) }
        #expect(server.requests.count == 3 && waits.all.count == 2)
    }

    @Test("A service that asks for more patience than there is is given up at once")
    func impatience() throws {
        let waits = Waits()
        let slow = WireServer.Mishap.error(.refused(.rateLimited(retryAfter: 61)))
        let server = try WireServer(try local(), mishaps: [nil, slow])
        #expect(throws: ThreatModelError.refused(.rateLimited(retryAfter: 61))) {
            try RemoteService(server.url, retries: waits.policy()).answer(query)
        }
        #expect(server.requests.count == 1 && waits.all.isEmpty)
    }

    @Test("A broken connection is made anew, a few times, whether or not it served before", arguments: [false, true])
    func disconnection(keepsConnections: Bool) throws {
        let (waits, local) = (Waits(), try local())
        let server = try WireServer(
            local, mishaps: [nil, .disconnect, .disconnect], keepsConnections: keepsConnections)
        let remote = RemoteService(server.url, retries: waits.policy())
        #expect(try remote.answer(query) == local.answer(query))
        #expect(waits.all == [0.25, 0.5])
        let broken = try WireServer(local, mishaps: [nil] + Array(repeating: .disconnect, count: 20))
        let error = #expect(throws: ThreatModelError.self) {
            try RemoteService(broken.url, retries: waits.policy()).answer(query)
        }
        #expect(error?.description.contains("\(broken.url.absoluteString)") == true)
    }

    @Test("Nobody there is told in one line that names the address")
    func nobody() throws {
        let port = try SilentPort()
        let url = try #require(port.url)
        let waits = Waits()
        let error = #expect(throws: ThreatModelError.self) {
            try RemoteService(url, retries: waits.policy()).card()
        }
        guard case .refused(.transport(let text)) = error else { throw ThreatModelError.mismatch("no transport error") }
        #expect(text.contains(url.absoluteString) && !text.contains("\n"))
        #expect(waits.all == [0.25, 0.5])
        withExtendedLifetime(port) {}
    }
}
