import Foundation
import Tensors
import Testing

@testable import Datasets

@Suite struct ZlibLengthTests {
    /// The goldens of the attacks, which hold those of compression too.
    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../AttacksTests/Golden")

    private struct Attacks: Decodable {
        struct Scalars: Decodable {
            let texts: [String]
        }
        let scalars: Scalars
    }

    @Test("The lengths are those of the reference, at the default level")
    func reference() throws {
        let json = try Data(contentsOf: Self.golden.appending(path: "golden_attacks.json"))
        let texts = try JSONDecoder().decode(Attacks.self, from: json).scalars.texts
        let outputs = try Safetensors(decoding: Data(contentsOf: Self.golden.appending(path: "outputs.safetensors")))
        #expect(texts.map { Double(zlibLength(of: $0.utf8)) } == (try outputs.array("zlib_len").doubles))
    }

    @Test("Nothing takes eight bytes; at level 0 bytes are only wrapped; repetition is cheap")
    func levels() {
        #expect(zlibLength(of: []) == 8)
        // Two bytes of header, five of a stored block, four of checksum.
        #expect(zlibLength(of: [UInt8](repeating: 7, count: 100), level: 0) == 111)
        #expect(zlibLength(of: [UInt8](repeating: 7, count: 100)) < 20)
    }

    @Test("The default is level 6, which a longer text tells from the best level")
    func defaultLevel() throws {
        let file = Self.golden.appending(path: "../../../datasets/sotu-excerpt/1980-Carter-2.txt").standardizedFileURL
        let bytes = try Data(contentsOf: file)
        #expect(zlibLength(of: bytes) == zlibLength(of: bytes, level: 6))
        #expect(zlibLength(of: bytes) > zlibLength(of: bytes, level: 9))
    }
}
