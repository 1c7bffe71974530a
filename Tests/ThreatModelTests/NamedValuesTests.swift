import Foundation
import Testing
import ThreatModel

@Suite("Names with numbers")
struct NamedValuesTests {
    private func decoded<T: Decodable>(_ json: String, as type: T.Type = DefenceSpec.self) throws -> T {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    @Test("A command line's form is read and written back")
    func commandLine() throws {
        #expect(try DefenceSpec("rounding=2").setting == NamedValues("rounding", [2]))
        #expect(try DefenceSpec("reverse-sigmoid=0.7,0.2").setting.values == [0.7, 0.2])
        for text in ["rounding=2", "reverse-sigmoid=0.7,0.2", "labels-only", "ngram-filter"] {
            #expect(try DefenceSpec(text).description == text)
        }
        #expect(try MonitorSpec("novelty=0.01").description == "novelty=0.01")
    }

    @Test("A spec's forms are read: a word, a key with a number, a key with a list, and the command line's")
    func specs() throws {
        #expect(try decoded("\"labels-only\"") == DefenceSpec("labels-only"))
        #expect(try decoded("{\"rounding\": 2}") == DefenceSpec("rounding=2"))
        #expect(try decoded("{\"reverse-sigmoid\": [0.7, 0.2]}") == DefenceSpec("reverse-sigmoid=0.7,0.2"))
        #expect(try decoded("\"rounding=2\"") == DefenceSpec("rounding=2"))
        #expect(try decoded("{\"prada\": 0.9}", as: MonitorSpec.self) == MonitorSpec("prada=0.9"))
    }

    @Test(
        "A spec is the same after it was written and read",
        arguments: ["labels-only", "noise=0.05", "reverse-sigmoid=1,2"])
    func roundTrip(text: String) throws {
        let spec = try DefenceSpec(text)
        #expect(try JSONDecoder().decode(DefenceSpec.self, from: JSONEncoder().encode(spec)) == spec)
    }

    @Test(
        "What is wrong is told in one line with what was expected",
        arguments: [
            ("roundin=2", "unknown defence 'roundin'; expected one of rounding, probability-rounding, top-k"),
            ("rounding", "rounding: expected decimals: a whole number from 0 to 6, found none"),
            ("rounding=1.5", "found 1.5"), ("rounding=7", "found 7"), ("rounding=1,2", "found 1,2"),
            ("rounding=x", "found 'rounding=x'"), ("rounding=", "found 'rounding='"), ("rounding=nan", "found"),
            ("=2", "found '=2'"), ("", "found ''"), ("labels-only=1", "expected no number"),
            ("reverse-sigmoid=0.7", "found 0.7"), ("ngram-filter=1", "(default 10)"),
        ])
    func wrong(text: String, part: String) throws {
        let error = try #require(throws: NamedValuesError.self) { try DefenceSpec(text) }
        #expect(error.description.contains(part), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test(
        "A spec's errors are told by the decoder's description",
        arguments: ["{\"rounding\": 2, \"top-k\": 3}", "{}", "{\"rounding\": 9}", "\"rond\"", "{\"noise\": -1}"])
    func wrongSpec(json: String) throws {
        let error = try #require(throws: DecodingError.self) { try decoded(json) }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(context.debugDescription.contains("expected"))
    }
}
