#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Memory that a kernel needs only while it runs: a stack of blocks for each thread.
///
/// Which thread computes which piece is chance, and so is how many are in the same kernel at once. If their scratch came
/// from the pool, a training would ask for a block whenever that number was new; a stack of its own for each thread is
/// asked for once. The pages of a stack cost nothing before they are touched.
@safe
final class Scratch {
    /// The floats of a stack, 32 MiB; what does not fit comes from the pool.
    private static let capacity = 1 << 23

    private let base: UnsafeMutablePointer<Float>
    private var used = 0

    /// Creates a stack for a thread to come.
    init() { unsafe base = StoragePool.shared.allocate(Self.capacity) }

    deinit { unsafe free(base) }

    /// Where each thread keeps its stack, which is freed when the thread ends.
    private static let slot: pthread_key_t = {
        var key = pthread_key_t()
        let status = unsafe pthread_key_create(&key) { stack in
            guard let stack = unsafe stack else { return }
            unsafe Unmanaged<Scratch>.fromOpaque(stack).release()
        }
        guard status == 0 else { fatalError("no thread-specific storage: \(status)") }
        return key
    }()

    /// Makes this the stack of the thread that calls.
    func adopt() {
        let status = unsafe pthread_setspecific(Self.slot, Unmanaged.passRetained(self).toOpaque())
        guard status == 0 else { fatalError("no thread-specific storage: \(status)") }
    }

    /// Calls `body` with the calling thread's stack.
    @inline(__always)
    private static func withCurrent<Result>(_ body: (Scratch) -> Result) -> Result {
        if let stack = unsafe pthread_getspecific(slot) {
            return unsafe Unmanaged<Scratch>.fromOpaque(stack)._withUnsafeGuaranteedRef(body)
        }
        let stack = Scratch()
        stack.adopt()
        return body(stack)
    }

    /// Calls `body` with room for `count` floats, aligned to 64 bytes and holding anything, padded to whole vectors.
    static func with<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        let size = (max(count, 1) + 15) / 16 * 16
        return withCurrent { stack in
            guard stack.used + size <= capacity else {
                return withExtendedLifetime(Storage(count: size)) { unsafe body($0.base) }
            }
            let start = unsafe stack.base + stack.used
            stack.used += size
            defer { stack.used -= size }
            return unsafe body(start)
        }
    }
}
