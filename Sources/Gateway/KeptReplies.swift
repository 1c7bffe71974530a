import Foundation
import Synchronization
import ThreatModel
import Wire

/// Answers for callers who ask again since the first answer was lost: a request whose `Idempotency-Key` was seen before
/// has the answer of then, and is neither computed nor charged again.
///
/// Only whole answers are kept, no streams: what was refused cost nothing, and may be asked anew. They are kept in memory; of all callers'
/// the oldest are dropped first, and none outlives the process. Callers without keys of their own share one account, and
/// so must not choose the same names.
/// - Complexity: O(n) a request of n bytes, which are hashed.
final class KeptReplies: Sendable {
    /// How much is kept.
    struct Limits: Sendable {
        /// The most answers.
        var count = 1024
        /// The most bytes of all answers together.
        var bytes = 64 << 20
        /// The seconds for which an answer is kept.
        var seconds = 600.0
    }

    private struct Name: Hashable {
        var account: String
        var key: String
    }

    private typealias Waiter = CheckedContinuation<Result<Reply?, WireError>, Never>

    private enum State {
        /// It is being answered, while others wait.
        case underWay([Waiter])
        /// It was answered.
        case answered(Reply, until: Double)
    }

    private struct Content {
        var entries: [Name: (question: Int, state: State)] = [:]
        /// What was answered, oldest first.
        var order: [Name] = []
        var bytes = 0

        func end(of name: Name) -> Double {
            if case .answered(_, let end) = entries[name]?.state { end } else { .infinity }
        }

        mutating func dropOldest() {
            let name = order.removeFirst()
            if case .answered(let reply, _) = entries.removeValue(forKey: name)?.state { bytes -= reply.size ?? 0 }
        }
    }

    private let limits: Limits
    private let clock: @Sendable () -> Double
    private let content = Mutex(Content())

    /// Keeps nothing yet.
    ///
    /// - Parameters:
    ///   - limits: how much is kept.
    ///   - clock: the time in seconds.
    init(_ limits: Limits = Limits(), clock: @escaping @Sendable () -> Double = Account.uptime) {
        (self.limits, self.clock) = (limits, clock)
    }

    /// The answers that are kept.
    var count: Int { content.withLock(\.order.count) }

    /// The requests that wait for the answer to another of their name.
    var waiting: Int {
        content.withLock { content in
            content.entries.values.reduce(0) {
                if case .underWay(let waiters) = $1.state { $0 + waiters.count } else { $0 }
            }
        }
    }

    /// Answers a request, or repeats the answer that it had.
    ///
    /// - Parameters:
    ///   - head: the request's head; without an ``RequestHead/idempotencyKey`` it is simply answered.
    ///   - body: its body.
    ///   - account: who asks.
    ///   - answer: what answers it.
    /// - Returns: the answer; one that was given before says so, and has spent nothing.
    /// - Throws: what `answer` throws; 400 of a key that cannot be one, and 422 of a key that another request had.
    func reply(
        to head: RequestHead, _ body: Data, of account: String, _ answer: () async throws(WireError) -> Reply
    ) async throws(WireError) -> Reply {
        guard let key = head.idempotencyKey else { return try await answer() }
        guard IdempotencyKey.isValid(key) else {
            throw .invalid(
                IdempotencyKey.header,
                "expected 1 to \(IdempotencyKey.longest) characters of ASCII that can be seen, found others; a UUID is one"
            )
        }
        let name = Name(account: account, key: key)
        if let earlier = try await earlier(name, Self.digest(head, body)) { return earlier }
        do throws(WireError) {
            let reply = try await answer()
            finish(name, reply.size == nil ? .failure(.streamed) : .success(reply))
            return reply
        } catch {
            finish(name, .failure(error))
            throw error
        }
    }

    /// The answer that a request had, or is about to have; `nil` when it is the first of its name, and now under way.
    private func earlier(_ name: Name, _ question: Int) async throws(WireError) -> Reply? {
        let result = await withCheckedContinuation { (waiter: Waiter) in
            let known = content.withLock { look(for: name, question, waiter, in: &$0) }
            if let known { waiter.resume(returning: known) }
        }
        return try result.get()
    }

    /// What a request is told at once; `nil` when it waits.
    private func look(
        for name: Name, _ question: Int, _ waiter: Waiter, in content: inout Content
    ) -> Result<Reply?, WireError>? {
        while let oldest = content.order.first, content.end(of: oldest) <= clock() { content.dropOldest() }
        guard let entry = content.entries[name] else {
            content.entries[name] = (question, .underWay([]))
            return .success(nil)
        }
        guard entry.question == question else { return .failure(.reusedKey) }
        switch entry.state {
        case .answered(let reply, _): return .success(reply.repeated)
        case .underWay(let waiters):
            content.entries[name]?.state = .underWay(waiters + [waiter])
            return nil
        }
    }

    /// Keeps an answer, or forgets a refusal, and tells it to all who wait for it.
    private func finish(_ name: Name, _ result: Result<Reply, WireError>) {
        let waiters = content.withLock { content -> [Waiter] in
            guard case .underWay(let waiters) = content.entries[name]?.state else { return [] }
            if case .success(let reply) = result, let size = reply.size, size <= limits.bytes {
                content.entries[name]?.state = .answered(reply, until: clock() + limits.seconds)
                content.order.append(name)
                content.bytes += size
                while content.order.count > limits.count || content.bytes > limits.bytes { content.dropOldest() }
            } else {
                content.entries[name] = nil
            }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: result.map(\.repeated)) }
    }

    /// Tells requests of one name apart: a hash whose secret is new in every process.
    private static func digest(_ head: RequestHead, _ body: Data) -> Int {
        var hasher = Hasher()
        for text in [head.method, head.path, head.contentType, head.accept] { hasher.combine(text) }
        unsafe body.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}

extension Reply {
    /// The bytes of what follows the head; `nil` of a stream, of which nobody knows them yet.
    fileprivate var size: Int? { if case .data(let data) = body { data.count } else { nil } }

    /// The same answer to a request that is sent again, which spends nothing.
    fileprivate var repeated: Reply {
        var reply = self
        (reply.record.queries, reply.record.tokens) = (0, 0)
        reply.headers.append((IdempotencyKey.replayedHeader, "true"))
        return reply
    }
}

extension WireError {
    /// What those are told who wait for an answer that is read as it is computed, and by one reader only.
    fileprivate static let streamed = WireError(
        409,
        .init(
            message:
                "expected an answer that can be repeated, found one that is being streamed; ask anew under another key",
            type: "invalid_request_error", param: IdempotencyKey.header, code: "idempotency_key_reused"))

    /// The error of a key that another request had.
    fileprivate static let reusedKey = WireError(
        422,
        .init(
            message: "expected the request that had this key first, found another; give each request a key of its own",
            type: "invalid_request_error", param: IdempotencyKey.header, code: "idempotency_key_reused"))
}
