import Dispatch
import Wire

/// Does what takes long on a thread of its own, one piece after the other.
///
/// The threads that all requests share are as few as the cores, so that two long bodies on them would keep everybody
/// waiting, `/health` too.
final class LongWork: Sendable {
    /// The bytes up to which a piece is done at once: a millisecond or two.
    static let threshold = 1 << 16
    private let queue = DispatchQueue(label: "penumbra.long-work")

    /// Does a piece of work.
    ///
    /// - Parameters:
    ///   - bytes: how much there is to read.
    ///   - work: what is done.
    /// - Returns: its result.
    /// - Throws: its error.
    func callAsFunction<Value: Sendable>(
        on bytes: Int, _ work: @escaping @Sendable () throws(WireError) -> Value
    ) async throws(WireError) -> Value {
        guard bytes > Self.threshold else { return try work() }
        let result: Result<Value, WireError> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result { () throws(WireError) in try work() }) }
        }
        return try result.get()
    }
}
