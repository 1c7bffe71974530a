import Synchronization
import ThreatModel
import Wire

/// The bytes that the bodies of all requests may take together; a body beyond is told to come back.
///
/// Bytes are taken as they arrive, so that a length that is announced and not sent keeps nobody out.
final class BodyMemory: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    /// Allows so many bytes.
    init(_ limit: Int) { self.limit = limit }

    /// The bytes that are taken.
    var used: Int { taken.withLock { $0 } }

    /// What one request takes; it goes back with the last reference.
    final class Share: Sendable {
        private let memory: BodyMemory
        private let bytes = Mutex(0)

        init(of memory: BodyMemory) { self.memory = memory }

        deinit { memory.taken.withLock { $0 -= bytes.withLock { $0 } } }

        /// Takes bytes.
        ///
        /// - Throws: ``Wire/WireError`` of status 503 when they are not there; nothing is taken then.
        func take(_ count: Int) throws(WireError) {
            let isThere = memory.taken.withLock { taken in
                guard count <= memory.limit - taken else { return false }
                taken += count
                return true
            }
            guard isThere else {
                throw WireError(
                    .refused(
                        .unavailable(
                            "the requests being read fill the \(memory.limit) bytes for them; wait a second, then ask "
                                + "again")))
            }
            bytes.withLock { $0 += count }
        }
    }
}
