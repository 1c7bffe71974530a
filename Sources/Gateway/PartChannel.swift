import Synchronization
import ThreatModel

/// Between the thread that computes a stream and the connection that it is written to.
///
/// The thread never waits for the connection: parts that nobody has read yet are kept, no more than a request may ask
/// for. Whoever reads no further abandons the channel, and the thread computes no further.
final class PartChannel: Sendable {
    /// What the connection reads; when it is let go of, the channel is abandoned.
    typealias Parts = AsyncThrowingStream<[CompletionPart], any Error>

    /// How a stream ended.
    struct Ending: Sendable {
        /// Whether nobody read on.
        var isAbandoned: Bool
        /// What went wrong.
        var error: ThreatModelError?
    }

    private struct State {
        var (hasTold, isAbandoned) = (false, false)
        var record: AccessRecord?
        var listener: (@Sendable (AccessRecord) -> Void)?
    }

    private let state = Mutex(State())
    private let continuation: Parts.Continuation
    private let payment: StreamedPayment
    private let settle: @Sendable (Ending) -> AccessRecord

    private init(
        _ continuation: Parts.Continuation, _ payment: StreamedPayment,
        _ settle: @escaping @Sendable (Ending) -> AccessRecord
    ) { (self.continuation, self.payment, self.settle) = (continuation, payment, settle) }

    /// Opens a channel.
    ///
    /// - Parameters:
    ///   - payment: who pays for what is told.
    ///   - settle: what is done once at the end, before the reader learns of it; it says what the logs say.
    /// - Returns: the channel, and its reader's side.
    static func open(
        _ payment: StreamedPayment, _ settle: @escaping @Sendable (Ending) -> AccessRecord
    ) -> (PartChannel, Parts) {
        let (parts, continuation) = Parts.makeStream()
        let channel = PartChannel(continuation, payment, settle)
        continuation.onTermination = { [weak channel] _ in channel?.abandon() }
        return (channel, parts)
    }

    /// Whether nobody reads on.
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    /// Says that nobody reads on; after the end it says nothing.
    func abandon() { state.withLock { $0.isAbandoned = true } }

    /// Tells parts; that there are none yet tells that the request is accepted.
    ///
    /// - Throws: what ``ThreatModel/StreamedPayment/note(generated:)`` throws; nothing is told then.
    func send(_ parts: [CompletionPart], generated: Int) throws(ThreatModelError) {
        try payment.note(generated: generated)
        state.withLock { $0.hasTold = true }
        continuation.yield(parts)
    }

    /// Ends the stream; what was computed is settled first.
    func end(_ error: ThreatModelError? = nil, generated: Int) {
        let (hasTold, isAbandoned) = state.withLock { ($0.hasTold, $0.isAbandoned) }
        var error = error
        do throws(ThreatModelError) {
            if hasTold { try payment.note(generated: generated) }
        } catch let ofLedger {
            error = error ?? ofLedger
        }
        let record = settle(Ending(isAbandoned: isAbandoned, error: error))
        let listener = state.withLock { state in
            defer { state.listener = nil }
            state.record = record
            return state.listener
        }
        listener?(record)
        continuation.finish(throwing: error)
    }

    /// Does something at the end, or at once when it is over.
    func whenEnded(_ listener: @escaping @Sendable (AccessRecord) -> Void) {
        let record = state.withLock { state in
            if state.record == nil { state.listener = listener }
            return state.record
        }
        if let record { listener(record) }
    }
}
