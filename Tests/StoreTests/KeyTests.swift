import Foundation
import Testing

@testable import Store

@Suite struct KeyTests {
    @Test("The order of a dictionary does not matter") func order() throws {
        let names = (0..<50).map { "name\($0)" }
        let forward = Dictionary(uniqueKeysWithValues: names.map { ($0, $0.count) })
        var backward: [String: Int] = [:]
        backward.reserveCapacity(4096)
        for name in names.reversed() { backward[name] = name.count }
        #expect(try Key(of: forward) == Key(of: backward))
    }

    @Test("The key is the hash of the canonical JSON, so that it is the same tomorrow") func golden() throws {
        let key = try Key(of: ["b": "x/y", "a": "1"])
        #expect(key.hex == Checksum.of(#"{"a":"1","b":"x/y"}"#))
    }

    @Test("Another value has another key") func different() throws {
        #expect(try Key(of: [1, 2]) != Key(of: [2, 1]))
    }

    @Test("A NaN has no key") func notANumber() throws {
        let error = try #require(throws: StoreError.self) { try Key(of: [Double.nan]) }
        #expect(error.description.hasPrefix("cannot make a key of Array<Double>"))
        #expect(!error.description.contains("\n"))
    }

    @Test("Only 64 lower-case hexadecimal digits are a key", arguments: ["", "ab", String(repeating: "A", count: 64)])
    func invalid(_ text: String) {
        #expect(throws: StoreError.invalidKey(text)) { try Key(hex: text) }
    }

    @Test("A key survives JSON") func roundTrip() throws {
        let key = try Key(of: "x")
        #expect(try JSONDecoder().decode([Key].self, from: JSONEncoder().encode([key])) == [key])
    }
}
