/// Cuts bytes into the pieces within which byte pairs are merged; a token never reaches over a piece's end.
///
/// A piece is a digit, a run of letters or of punctuation with the space before it, letters with the apostrophe before
/// them, or a run of white space. Digits stand alone, so that all numbers of one length are as many tokens.
enum PreTokeniser {
    /// No run is longer, so that encoding stays linear; 60 bytes are whole characters of two, three or four bytes.
    private static let longestRun = 60
    /// A run with what may stand before it, and the rest of a last punctuation mark.
    static let longestPiece = longestRun + 3

    private enum Kind { case letter, digit, punctuation, space }

    private static let kinds: [Kind] = (0...255).map { byte in
        switch UInt8(byte) {
        case 0x09...0x0D, 0x20: .space
        case 0x30...0x39: .digit
        case 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: .letter
        default: .punctuation
        }
    }

    /// Returns where the piece that begins at `start` ends.
    ///
    /// - Precondition: `start` is an index of `bytes`.
    static func end(_ bytes: [UInt8], from start: Int) -> Int {
        let kind = symbol(bytes, start).kind
        switch kind {
        case .digit: return start + 1
        case .letter: return endOfRun(.letter, bytes, from: start)
        case .punctuation:
            let isApostrophe = bytes[start] == 0x27 && start + 1 < bytes.count
            guard isApostrophe, symbol(bytes, start + 1).kind == .letter else {
                return endOfRun(.punctuation, bytes, from: start)
            }
            return endOfRun(.letter, bytes, from: start + 1)
        case .space: return endOfSpace(bytes, from: start)
        }
    }

    /// The last space of a run belongs to the letters or punctuation after it.
    private static func endOfSpace(_ bytes: [UInt8], from start: Int) -> Int {
        let end = endOfRun(.space, bytes, from: start)
        guard end < bytes.count, bytes[end - 1] == 0x20 else { return end }
        let next = symbol(bytes, end).kind
        guard next == .letter || next == .punctuation else { return end }
        return end - start > 1 ? end - 1 : endOfRun(next, bytes, from: end)
    }

    private static func endOfRun(_ kind: Kind, _ bytes: [UInt8], from start: Int) -> Int {
        var end = start
        while end < bytes.count, end - start < longestRun {
            let next = symbol(bytes, end)
            guard next.kind == kind else { break }
            end += next.length
        }
        return end
    }

    /// The kind of what stands at a place: a byte, or a scalar of U+0080…U+00BF or U+2000…U+207F, which is punctuation.
    private static func symbol(_ bytes: [UInt8], _ place: Int) -> (kind: Kind, length: Int) {
        let byte = bytes[place]
        guard byte == 0xC2 || byte == 0xE2 else { return (kinds[Int(byte)], 1) }
        let last = place + (byte == 0xC2 ? 1 : 2)
        guard last < bytes.count, bytes[last] & 0xC0 == 0x80, byte == 0xC2 || bytes[place + 1] & 0xFE == 0x80 else {
            return (.letter, 1)
        }
        return (.punctuation, last + 1 - place)
    }
}
