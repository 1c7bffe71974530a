import Testing

@testable import Tensors

@Suite("Philox4x32-10 is Random123's") struct PhiloxTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let counter: [UInt32]
        let key: [UInt32]
        let words: [UInt32]
        var testDescription: String { "\(counter)" }
    }

    /// From `kat_vectors` of Random123.
    private static let vectors = [
        Vector(counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        Vector(
            counter: [.max, .max, .max, .max], key: [.max, .max],
            words: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        Vector(
            counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0],
            words: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
    ]

    @Test("known answers in all sixteen lanes", arguments: vectors)
    private func knownAnswer(_ vector: Vector) {
        let lanes = vector.counter.map { Philox.Lanes(repeating: $0) }
        let key = UInt64(vector.key[1]) << 32 | UInt64(vector.key[0])
        let found = Philox.rounds(lanes[0], lanes[1], lanes[2], lanes[3], key)
        for lane in 0..<16 {
            #expect([found.0[lane], found.1[lane], found.2[lane], found.3[lane]] == vector.words)
        }
    }

    @Test("a block holds sixteen consecutive counters, also beyond 32 bits", arguments: [0, 1, 1 << 28, 1 << 40])
    func blocks(_ block: UInt64) {
        let found = Philox.words(block: block, key: 99)
        for lane in 0..<16 {
            let counter = block * 16 + UInt64(lane)
            let alone = Philox.rounds(
                .init(repeating: UInt32(truncatingIfNeeded: counter)), .init(repeating: UInt32(counter >> 32)),
                .init(repeating: 0), .init(repeating: 0), 99)
            #expect(found.0[lane] == alone.0[0] && found.1[lane] == alone.1[0])
            #expect(found.2[lane] == alone.2[0] && found.3[lane] == alone.3[0])
        }
    }
}
