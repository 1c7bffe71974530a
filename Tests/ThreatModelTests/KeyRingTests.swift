import Foundation
import Testing

@testable import ThreatModel

@Suite struct KeyRingTests {
    private let keys = [APIKey("pk-1"), APIKey("pk-2"), APIKey("pk-3")]

    private func ring() throws -> KeyRing {
        var ring = KeyRing()
        try ring.add(.init(name: "alice", hash: keys[0].hash, queries: 5000, tokens: 20, rate: 2.5, burst: 10))
        try ring.add(.init(name: "bob", hash: keys[1].hash))
        return ring
    }

    @Test("A known key finds its entry, first and last alike, and an unknown one none")
    func lookup() throws {
        let ring = try ring()
        #expect(ring.entry(for: keys[0])?.name == "alice")
        #expect(ring.entry(for: keys[1])?.name == "bob")
        #expect(ring.entry(for: keys[2]) == nil)
        #expect(ring.entry(for: APIKey("")) == nil)
        #expect(KeyRing().entry(for: keys[0]) == nil)
    }

    @Test("The file holds hashes and no keys, is read back, and only its owner can read it")
    func file() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let ring = try ring()
        try ring.write(to: file)
        #expect(try KeyRing(contentsOf: file) == ring)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 2 && !text.contains("pk-"))
        #expect(try KeyRing(decoding: "\n" + text + "  \n\n") == ring)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("A name or a key that is there already is refused")
    func duplicates() throws {
        var ring = try ring()
        #expect(throws: KeyRingError.self) { try ring.add(.init(name: "bob", hash: keys[2].hash)) }
        #expect(throws: KeyRingError.self) { try ring.add(.init(name: "carol", hash: keys[1].hash)) }
        #expect(ring.entries.count == 2)
    }

    @Test(
        "Limits and names that make no sense are refused",
        arguments: [
            ("", nil, nil, nil), ("a b", nil, nil, nil), ("a", -1, nil, nil), ("a", nil, 0, nil),
            ("a", nil, -1, nil), ("a", nil, 9e-7, nil), ("a", nil, Double.infinity, nil), ("a", nil, nil, 5),
            ("a", nil, 1, 0),
        ] as [(String, Int?, Double?, Double?)])
    func limits(name: String, queries: Int?, rate: Double?, burst: Double?) {
        var ring = KeyRing()
        #expect(throws: KeyRingError.self) {
            try ring.add(.init(name: name, hash: keys[0].hash, queries: queries, rate: rate, burst: burst))
        }
    }

    @Test("Keys that are added at the same time all arrive")
    func concurrent() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        DispatchQueue.concurrentPerform(iterations: 100) { name in
            #expect(throws: Never.self) {
                try KeyRing.add(.init(name: "k\(name)", hash: APIKey.random().hash), to: file)
            }
        }
        #expect(Set(try KeyRing(contentsOf: file).entries.map(\.name)).count == 100)
    }

    @Test("A limit by an unknown name is refused with its line, and no key is added to such a file")
    func misspelt() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let text = try ring().encoded + #"{"name":"carol","hash":"\#(keys[2].hash.hexadecimal)","querys":5}"# + "\n"
        try text.write(to: file, atomically: true, encoding: .utf8)
        let entry = KeyRing.Entry(name: "dave", hash: APIKey("pk-4").hash)
        let error = try #require(throws: KeyRingError.self) { try KeyRing.add(entry, to: file) }
        #expect(error.description.contains("line 3: ") && error.description.contains("found 'querys'"))
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
        #expect(try KeyRing(decoding: text.replacing("querys", with: "queries")).entries.last?.queries == 5)
    }

    @Test("A file that is none names itself and the line, on one line")
    func malformed() throws {
        let text = try ring().encoded
        for (bad, line) in [(text + "nonsense\n", 3), ("{\"name\":\"x\",\"hash\":\"12\"}", 1), (text + text, 3)] {
            let error = #expect(throws: KeyRingError.self) { try KeyRing(decoding: bad) }
            #expect(error?.description.hasPrefix("line \(line): ") == true)
            #expect(error?.description.contains("\n") == false)
        }
        let missing = #expect(throws: KeyRingError.self) {
            try KeyRing(contentsOf: URL(filePath: "/nowhere/keys"))
        }
        #expect(missing?.description.contains("/nowhere/keys") == true)
        #expect(throws: KeyRingError.self) { try ring().write(to: URL(filePath: "/nowhere/keys")) }
    }
}
