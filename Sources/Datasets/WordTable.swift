/// Numbers different byte strings 0, 1, 2… in the order in which they first come.
struct WordTable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Open addressing: the number of a word plus one, 0 where there is none; at most half are taken.
    private var slots = [Int32](repeating: 0, count: 1024)

    /// How many words there are.
    var count: Int { ends.count }

    /// The bytes of a word.
    subscript(word: Int) -> ArraySlice<UInt8> { bytes[start(word)..<ends[word]] }

    /// Returns the number of a range of `text`; what is new gets the next number.
    mutating func number(of range: Range<Int>, in text: [UInt8]) -> Int {
        var slot = firstSlot(text, range)
        while slots[slot] != 0 {
            let word = Int(slots[slot]) - 1
            if isEqual(word, text, range) { return word }
            slot = (slot + 1) & (slots.count - 1)
        }
        bytes += text[range]
        ends.append(bytes.count)
        slots[slot] = Int32(count)
        if count * 2 > slots.count { grow() }
        return count - 1
    }

    private func start(_ word: Int) -> Int { word == 0 ? 0 : ends[word - 1] }

    private func isEqual(_ word: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        let start = start(word)
        guard ends[word] - start == range.count else { return false }
        for offset in 0..<range.count where bytes[start + offset] != text[range.lowerBound + offset] { return false }
        return true
    }

    /// FNV-1a, of which the upper bits are the better ones.
    private func firstSlot(_ text: [UInt8], _ range: Range<Int>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for place in range { hash = (hash ^ UInt64(text[place])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (slots.count - 1)
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for word in 0..<count {
            var slot = firstSlot(bytes, start(word)..<ends[word])
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(word + 1)
        }
    }
}
