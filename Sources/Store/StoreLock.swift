import Foundation
import Synchronization

/// An advisory lock on one stage and key; the system releases it when the process dies.
public final class StoreLock: Sendable {
    private let descriptor: Mutex<Int32?>

    private init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { release() }

    /// Gives the lock back; a second call does nothing.
    public func release() {
        descriptor.withLock { held in
            guard let number = held else { return }
            // To close it is not enough: a child that another thread is just starting holds the file, too.
            flock(number, LOCK_UN)
            close(number)
            held = nil
        }
    }

    /// Returns the lock on `file`, or nil when `isBlocking` is false and somebody else holds it.
    static func acquire(_ file: URL, isBlocking: Bool) throws -> StoreLock? {
        let descriptor = unsafe open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw StoreError.writeFailed(path: file.path, reason: Failure.systemReason(errno))
        }
        while flock(descriptor, LOCK_EX | (isBlocking ? 0 : LOCK_NB)) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(descriptor)
            if code == EWOULDBLOCK { return nil }
            throw StoreError.writeFailed(path: file.path, reason: Failure.systemReason(code))
        }
        return StoreLock(descriptor: descriptor)
    }
}
