import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A 64-byte aligned block of floats, padded to whole vectors of sixteen, that returns to the pool when it dies.
///
/// Elementwise kernels may run over the padding, so they need no tails; nobody reads what they leave there.
/// `@unchecked Sendable` is sound because a block is written only while its tensor holds the one reference to it.
@safe
final class Storage: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let capacity: Int

    init(count: Int) {
        unsafe (base, capacity) = StoragePool.shared.take(StoragePool.capacity(for: count))
    }

    deinit {
        unsafe StoragePool.shared.giveBack(base, capacity)
    }
}

/// Free blocks by capacity, so that a steady training step asks the operating system for nothing.
package final class StoragePool: Sendable {
    package static let shared = StoragePool()

    private struct State {
        var free: [Int: [UInt]] = [:]
        var retained = 0
        var allocations = 0
    }
    private let state = Mutex(State())
    /// Blocks beyond this many bytes go back to the operating system.
    private let limit = 1 << 30

    /// How many blocks were asked of the operating system since the process began.
    package var allocations: Int { state.withLock { $0.allocations } }

    /// Rounds up to whole vectors, and above 1,024 floats to eighths of a power of two, so that batches whose size
    /// varies from step to step find each other's blocks.
    static func capacity(for count: Int) -> Int {
        guard count > 1024 else { return max(16, (count + 15) / 16 * 16) }
        let step = step(count)
        return (count + step - 1) / step * step
    }

    /// An eighth of the power of two below a count.
    private static func step(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount - 3) }

    /// Returns a block of at least this capacity, and its own; of large ones the next two sizes will do, too.
    ///
    /// Poisson batches differ in size: without that there would soon be free blocks of every size that came up.
    func take(_ capacity: Int) -> (UnsafeMutablePointer<Float>, Int) {
        let recycled = state.withLock { state -> (address: UInt, capacity: Int)? in
            var size = capacity
            for _ in 0..<(capacity > 1024 ? 3 : 1) {
                if let address = state.free[size]?.popLast() {
                    state.retained -= size
                    return (address, size)
                }
                size += Self.step(size)
            }
            return nil
        }
        if let recycled, let pointer = unsafe UnsafeMutablePointer<Float>(bitPattern: recycled.address) {
            return unsafe (pointer, recycled.capacity)
        }
        return unsafe (allocate(capacity), capacity)
    }

    /// Asks the operating system for a block, aligned to 64 bytes.
    ///
    /// Large blocks lie on huge pages: with small ones it is chance which of them share lines of the second cache, and
    /// one run of a training is a quarter slower than the next.
    func allocate(_ capacity: Int) -> UnsafeMutablePointer<Float> {
        state.withLock { $0.allocations += 1 }
        let bytes = capacity * MemoryLayout<Float>.stride
        let isLarge = bytes >= Self.hugePage
        var raw: UnsafeMutableRawPointer?
        let status = unsafe posix_memalign(&raw, isLarge ? Self.hugePage : 64, bytes)
        guard status == 0, let raw = unsafe raw else { fatalError("out of memory: \(bytes) bytes for a tensor") }
        #if os(Linux)
        // A hint: where it is refused, small pages do.
        if isLarge { _ = unsafe madvise(raw, bytes / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
        #endif
        return unsafe raw.bindMemory(to: Float.self, capacity: capacity)
    }

    private static let hugePage = 2 << 20

    func giveBack(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
        let address = UInt(bitPattern: pointer)
        let kept = state.withLock { state -> Bool in
            guard (state.retained + capacity) * MemoryLayout<Float>.stride <= limit else { return false }
            state.free[capacity, default: []].append(address)
            state.retained += capacity
            return true
        }
        if !kept { unsafe free(pointer) }
    }
}
