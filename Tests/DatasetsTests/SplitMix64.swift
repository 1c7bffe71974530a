/// A generator with a seed (Steele, Lea and Flood 2014): good enough bits for a test.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func byte() -> UInt8 { UInt8.random(in: .min ... .max, using: &self) }

    /// A text of words of few letters, so that the same pairs come again and again.
    mutating func text(words: Int) -> String {
        let letters = Array("aaabbcde'1. ")
        return (0..<words).map { _ in
            String((0..<Int.random(in: 1...9, using: &self)).map { _ in letters[Int.random(in: 0..<12, using: &self)] })
        }.joined(separator: " ")
    }
}
