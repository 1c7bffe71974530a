import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct CanaryTests {
    /// Bits of an address.
    private func bits(_ seed: UInt64) -> (Int) -> UInt64 {
        { address in
            var generator = SplitMix64(seed: seed &+ UInt64(address) &* 0x9e37_79b9_7f4a_7c15)
            return generator.next()
        }
    }

    /// Pearson's statistic of the digits at one place against equal frequencies: nine degrees of freedom.
    private func chiSquare(_ canaries: [Canary], place: Int) -> Double {
        var counts = [Double](repeating: 0, count: 10)
        for canary in canaries { counts[Int(Double(canary.number) / pow(10, Double(place))) % 10] += 1 }
        let expected = Double(canaries.count) / 10
        return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    }

    @Test("The secret replaces the placeholders, with leading zeros") func text() throws {
        let format = try CanaryFormat("the access code is ######.")
        #expect(format.canary(42).text == "the access code is 000042.")
        #expect(format.spaceSize == 1_000_000)
    }

    @Test("All canaries of a space, once each") func enumeration() throws {
        let all = Array(try CanaryFormat("##").all)
        #expect(all.count == 100)
        #expect(Set(all).count == 100)
        #expect(all[7].text == "07")
    }

    @Test("Digits are uniform at every place (χ², nine degrees, 99.9 % quantile 27.88)") func uniform() throws {
        let canaries = try CanaryFormat("code ######").canaries(count: 5000, random: bits(7))
        for place in 0..<6 { #expect(chiSquare(canaries, place: place) < 27.88) }
    }

    @Test("The same test sees digits that are not uniform") func negativeControl() throws {
        let bits = bits(7)
        let canaries = try CanaryFormat("code ######").canaries(count: 5000) { bits($0) % 11 }
        #expect(chiSquare(canaries, place: 0) > 27.88)
    }

    @Test("The same randomness gives the same canaries, a longer draw starts the same") func deterministic() throws {
        let format = try CanaryFormat("####")
        let long = try format.canaries(count: 50, random: bits(1))
        #expect(try Array(long.prefix(20)) == format.canaries(count: 20, random: bits(1)))
        #expect(try long != format.canaries(count: 50, random: bits(2)))
    }

    @Test("Draws never repeat, nor hit the excluded; the whole space can be drawn") func distinct() throws {
        let format = try CanaryFormat("code ##")
        let planted = try format.canaries(count: 10, random: bits(3))
        let others = try format.canaries(count: 90, excluding: planted, random: bits(4))
        #expect(Set(planted + others).count == 100)
        try expectError("at most 100", "91 wanted and 10 excluded") {
            try format.canaries(count: 91, excluding: planted, random: bits(4))
        }
    }

    @Test("Embedding gives a window of exactly the length, with the filler around") func embedding() throws {
        let canary = try CanaryFormat("code ##").canary(5)
        let corpus = TextCorpus(documents: [.init(name: "1", text: "abcdefgh code 05")])
        let tokeniser = Tokeniser.characters(try CharacterTokeniser(corpus: corpus))
        func embedded(_ filler: String, _ length: Int) throws -> (text: String, end: Int) {
            let found = try canary.embedded(in: tokeniser.encode(filler)[...], length: length, by: tokeniser)
            return (try tokeniser.decode(found.window), found.end)
        }
        #expect(try embedded("abcdefgh", 14) == ("ab code 05 cde", 10))
        #expect(try embedded("", 9) == (" code 05 ", 8))
        try expectError("at least 9 characters", "found 8") { try embedded("abc", 8) }
        try expectError("at least 5 characters", "found 3") { try embedded("abc", 14) }
    }

    @Test("In byte pairs all canaries of a format are equally long and differ in their digits alone") func bytePairs()
        throws
    {
        let text = String(repeating: "the code is 1234, the code is 12 ", count: 9)
        let corpus = TextCorpus(documents: [.init(name: "1", text: text)])
        let tokeniser = Tokeniser.bytePairs(try BytePairTokeniser(corpus: corpus, merges: 100))
        let filler = tokeniser.encode("filler that is nowhere else: so, so long")[...]
        let format = try CanaryFormat("the code is ####, the end")
        let places = try (0..<100).map { number in
            let canary = format.canary(UInt64(number * 97))
            let found = try canary.embedded(in: filler, length: 20, by: tokeniser)
            #expect(
                found.window.count == 20 && Array(found.window[..<found.end].suffix(14)) == canary.tokens(by: tokeniser)
            )
            #expect(try tokeniser.decode(found.window).contains(" \(canary.text) "))
            return (found.window.map { (48...57).contains($0) ? -1 : $0 }, found.end)
        }
        #expect(Set(places.map(\.0)).count == 1 && Set(places.map(\.1)).count == 1)
        #expect(places[0].0.count { $0 == -1 } == 4)
    }

    @Test("A format needs one run of placeholders", arguments: ["none", "# and #", String(repeating: "#", count: 19)])
    func invalid(_ pattern: String) throws {
        try expectError("one run of 1 to 18") { try CanaryFormat(pattern) }
    }

    @Test("A format survives JSON") func json() throws {
        let format = try CanaryFormat("code ##!")
        #expect(try JSONDecoder().decode([CanaryFormat].self, from: JSONEncoder().encode([format])) == [format])
    }
}
