import Auditing
import Datasets
import Foundation
import Testing

@testable import Experiments

@Suite("Last layers through the stage")
struct LastLayerPlayTests {
    @Test("Full logits show the width that layer norm without a bias leaves, and the head up to a linear map")
    func width() throws {
        let row = try TinyTheft.row(
            TinyTheft.gpt("attack: logit-svd, widest: 16, service: {perThousandQueries: 2, perThousandTokens: 10}"))
        let names = [
            "estimated width", "hidden width", "relative error of the last layer", "gap after the visible width",
            "decimals that close the gap", "queries per context", "tokens", "price",
        ]
        #expect(row.measures.map(\.name) == names)
        let width = try row.measure("estimated width")
        #expect(width.value == 7 && width.unit == "of 7 visible")
        #expect(try row.measure("hidden width").value == 8)
        let error = try row.measure("relative error of the last layer")
        #expect(error.value < 1e-4 && (error.control ?? 0) > 0.5 && error.controlName == "a random head")
        #expect(try row.measure("gap after the visible width").value > 3)
        #expect(try row.measure("queries per context").value == 1)
        // 16 + 64 contexts of four tokens.
        #expect(row.queries == 80)
        #expect(try row.measure("tokens").value == 320)
        let price = try row.measure("price")
        #expect(abs(price.value - (80 * 2 + 320 * 10) / 1000.0) < 1e-12 && price.unit == "USD")
        #expect(row.notes.first?.hasPrefix("asked in its own process behind no defence; 80 contexts, ") == true)
    }

    @Test("Logits that are rounded to nothing show no width")
    func rounded() throws {
        let row = try TinyTheft.row(
            TinyTheft.gpt("attack: logit-svd, widest: 16, service: {defences: [{rounding: 0}]}"))
        #expect(try row.measure("gap after the visible width").value < 0.5)
        #expect(try row.measure("relative error of the last layer").value > 1e-3)
        #expect(row.notes.first?.hasPrefix("asked in its own process behind rounding=0; ") == true)
    }

    @Test("The k likeliest tokens and a bias show the same width, for (V − 1)/(k − 1) queries a context")
    func likeliest() throws {
        let yaml = TinyTheft.gpt(
            "attack: logit-svd-top-k, widest: 8, contexts: 24, top: 10, bias: 20, service: {monitors: [{bias-coverage: 3}]}"
        )
        let row = try TinyTheft.row(yaml)
        #expect(try row.measure("estimated width").value == 7)
        let vocabulary = try #require(try TinyExperiment.plan(yaml).victims.first?.split.tokeniser?.count)
        let perContext = try row.measure("queries per context").value
        #expect(abs(perContext / (Double(vocabulary - 1) / 9) - 1) < 0.15, "\(perContext) of \(vocabulary)")
        #expect(Double(row.queries) == perContext * 24)
        #expect(row.measures.contains { $0.name.hasPrefix("queries to detection by bias-coverage=3") })
    }

    @Test("Two runs give the same bytes")
    func sameBytes() throws {
        func bytes(_ workers: Int) throws -> [Data] {
            let result = try TinyTheft.run(TinyTheft.gpt("attack: logit-svd, widest: 16"), workers: workers)
            return [try JSONCoding.encode(result.findings), try JSONCoding.encode(result.exhibits)]
        }
        #expect(try bytes(1) == bytes(2))
    }

    @Test("A network of one hidden layer is rebuilt from exact logits, and says that no interface gives these")
    func exact() throws {
        let yaml = TinyTheft.classifier("attack: functionally-equivalent, lines: 5, patience: 1").replacing(
            "population: 160", with: "population: 160, shrink: 14"
        ).replacing("hidden: [8]", with: "hidden: [2]")
        let row = try TinyTheft.row(yaml)
        #expect(row.game == .extraction && row.queries > 0 && !row.measures.isEmpty)
        #expect(row.notes.contains { $0.hasPrefix("logits in double precision, which no interface gives") })
    }
}
