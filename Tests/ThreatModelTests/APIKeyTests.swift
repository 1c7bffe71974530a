import Foundation
import Testing

@testable import ThreatModel

@Suite struct APIKeyTests {
    @Test("A new key has 256 random bits behind its prefix, and no two are alike")
    func random() {
        let keys = (0..<100).map { _ in APIKey.random().secret }
        #expect(Set(keys).count == 100)
        #expect(keys.allSatisfy { $0.wholeMatch(of: /pk-[0-9a-f]{64}/) != nil })
        // Each digit occurs: 6,400 draws miss one with a probability below 1e-170.
        #expect(Set(keys.flatMap { $0.dropFirst(3) }).count == 16)
    }

    @Test("The hash is BLAKE2b-256, and the key cannot be read from what is printed")
    func hash() {
        let key = APIKey("abc")
        // Python: hashlib.blake2b(b"abc", digest_size=32).hexdigest()
        #expect(key.hash.hexadecimal == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
        #expect("\(APIKey("pk-secret"))" == "pk-…")
    }

    @Test("A hash is read back from its digits, in either case, and from nothing else")
    func digits() throws {
        let hash = APIKey("abc").hash
        #expect(KeyHash(hexadecimal: hash.hexadecimal) == hash)
        #expect(KeyHash(hexadecimal: hash.hexadecimal.uppercased()) == hash)
        #expect(KeyHash(hexadecimal: String(hash.hexadecimal.dropLast())) == nil)
        #expect(KeyHash(hexadecimal: String(hash.hexadecimal.dropLast()) + "g") == nil)
        #expect(try JSONDecoder().decode(KeyHash.self, from: JSONEncoder().encode(hash)) == hash)
    }

    @Test("Hashes that differ in one bit, at either end, are not equal")
    func inequality() throws {
        let text = APIKey("abc").hash.hexadecimal
        let hash = try #require(KeyHash(hexadecimal: text))
        let first = try #require(KeyHash(hexadecimal: "a" + text.dropFirst()))
        let last = try #require(KeyHash(hexadecimal: text.dropLast() + "8"))
        #expect(hash != first && hash != last && first != last)
        #expect(APIKey("abc") == APIKey("abc") && APIKey("abc") != APIKey("abd"))
    }
}
