/// The counter-based generator Philox4x32-10: a bijection of 128-bit counters under a 64-bit key.
///
/// - Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
enum Philox {
    typealias Lanes = SIMD16<UInt32>

    /// Returns the four words of sixteen counters (`block`·16 + lane, 0) at once.
    @inline(__always)
    static func words(block: UInt64, key: UInt64) -> (Lanes, Lanes, Lanes, Lanes) {
        var low = Lanes(repeating: 0)
        let first = block &* 16
        for lane in 0..<16 { low[lane] = UInt32(truncatingIfNeeded: first &+ UInt64(lane)) }
        // Sixteen consecutive counters that start at a multiple of sixteen share their upper half.
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
            let p0 = SIMD16<UInt64>(truncatingIfNeeded: x0) &* 0xD251_1F53
            let p1 = SIMD16<UInt64>(truncatingIfNeeded: x2) &* 0xCD9E_8D57
            let (high0, low0) = (Lanes(truncatingIfNeeded: p0 &>> 32), Lanes(truncatingIfNeeded: p0))
            let (high1, low1) = (Lanes(truncatingIfNeeded: p1 &>> 32), Lanes(truncatingIfNeeded: p1))
            (x0, x1, x2, x3) = (high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (x0, x1, x2, x3)
    }
}
