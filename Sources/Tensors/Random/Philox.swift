import CVec

/// The counter-based generator Philox4x32-10: a bijection of 128-bit counters under a 64-bit key.
///
/// - Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
enum Philox {
    typealias Lanes = SIMD16<UInt32>

    /// Returns the four words of sixteen counters (`block`·16 + lane, 0) at once.
    @inline(__always)
    static func words(block: UInt64, key: UInt64) -> (Lanes, Lanes, Lanes, Lanes) {
        let first = block &* 16
        // Sixteen consecutive counters that start at a multiple of sixteen share their upper half.
        let low = UInt32(truncatingIfNeeded: first) | Lanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
        let high = Lanes(repeating: UInt32(truncatingIfNeeded: first >> 32))
        let zero = Lanes(repeating: 0)
        return rounds(low, high, zero, zero, key)
    }

    @inline(__always)
    static func rounds(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes, _ key: UInt64) -> (Lanes, Lanes, Lanes, Lanes) {
        var (x0, x1, x2, x3) = (a, b, c, d)
        var k0 = UInt32(truncatingIfNeeded: key)
        var k1 = UInt32(truncatingIfNeeded: key >> 32)
        for _ in 0..<10 {
            let (m0, m1) = (0xD251_1F53 as UInt32, 0xCD9E_8D57 as UInt32)
            let (high0, high1) = (vec_multiply_high(x0, m0), vec_multiply_high(x2, m1))
            (x0, x1, x2, x3) = (high1 ^ x1 ^ k0, x2 &* m1, high0 ^ x3 ^ k1, x0 &* m0)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (x0, x1, x2, x3)
    }
}
