#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension [Double] {
    /// An array that its maker fills, on huge pages where it is large: first writing to millions of numbers on small ones
    /// takes longer than computing them.
    ///
    /// - Complexity: O(1); nothing is written.
    package init(uninitialised count: Int) {
        unsafe self.init(unsafeUninitializedCapacity: count) { buffer, used in
            used = count
            #if os(Linux)
            let (page, raw) = (4096, UnsafeMutableRawBufferPointer(buffer))
            guard raw.count >= 4 << 20, let base = raw.baseAddress else { return }
            let skipped = (page - Int(bitPattern: base) % page) % page
            // A hint: where it is refused, small pages do.
            _ = unsafe madvise(base + skipped, (raw.count - skipped) / page * page, MADV_HUGEPAGE)
            #endif
        }
    }
}
