import TestSupport

extension SplitMix64 {
    mutating func byte() -> UInt8 { UInt8.random(in: .min ... .max, using: &self) }

    /// A text of words of few letters, so that the same pairs come again and again.
    mutating func text(words: Int) -> String {
        let letters = Array("aaabbcde'1. ")
        return (0..<words).map { _ in
            String((0..<Int.random(in: 1...9, using: &self)).map { _ in letters[Int.random(in: 0..<12, using: &self)] })
        }.joined(separator: " ")
    }
}
