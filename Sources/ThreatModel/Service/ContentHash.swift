/// A number of 64 bits that stands for a content: the same in every process, and different for different contents but
/// with probability 2⁻⁶⁴ a pair.
///
/// It withstands no adversary who looks for two contents of one number.
struct ContentHash {
    private(set) var value: UInt64 = 0x6a09_e667_f3bc_c908

    mutating func combine(_ word: UInt32) {
        // SplitMix64's finaliser after each word, so that order matters.
        var z = (value ^ UInt64(word)) &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        value = z ^ (z >> 31)
    }

    mutating func combine(_ token: Int32) { combine(UInt32(bitPattern: token)) }

    mutating func combine(_ numbers: [Float]) {
        // Zero has two bit patterns, and a model answers the same to both.
        for number in numbers { combine(number == 0 ? 0 : number.bitPattern) }
    }

    mutating func combine(_ tokens: some Sequence<Int32>) {
        for token in tokens { combine(token) }
    }
}
