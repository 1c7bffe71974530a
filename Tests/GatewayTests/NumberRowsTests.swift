import Foundation
import Tensors
import Testing
import ThreatModel

@testable import Wire

/// The oracle is `JSONDecoder`.
@Suite("Rows of numbers in JSON") struct NumberRowsTests {
    private func lifted(_ text: String) -> (inputs: Tensor, rest: Data)? {
        VectorRequest.liftInputs(outOf: Data(text.utf8))
    }

    private func decoded(_ text: String) throws -> VectorRequest {
        try JSONDecoder().decode(VectorRequest.self, from: Data(text.utf8))
    }

    @Test("Every float comes back as itself") func everyFloat() throws {
        let random = RandomStream(seed: 1)["bits"]
        let numbers = random.words(40_000).map { Float(bitPattern: $0) }
            .filter { $0.isFinite }
        let text = "{\"inputs\": [[\(numbers.map(\.description).joined(separator: ", "))]]}"
        let found = try #require(lifted(text))
        #expect(found.inputs.values.map(\.bitPattern) == numbers.map(\.bitPattern))
    }

    @Test("Decimals are rounded once, next to the middle between two floats as well") func middles() throws {
        let random = RandomStream(seed: 2)["middles"]
        var texts: [String] = []
        for index in 0..<20_000 {
            let bits = UInt32(random.uniform(index) * 0x0400_0000) + 0x3D00_0000
            let middle = (Double(Float(bitPattern: bits)) + Double(Float(bitPattern: bits + 1))) / 2
            // A middle has some thirty digits; cut, it is a little below, or above when the last is raised.
            let exact = String(format: "%.40f", middle)
            for length in [10, 12, 14, 16, 17, 18, 19, 24, 40] { texts.append(String(exact.prefix(length))) }
            texts.append(exact.prefix(17) + "1")
        }
        let found = try #require(lifted("{\"inputs\":[[\(texts.joined(separator: ","))]]}"))
        #expect(found.inputs.values.map(\.bitPattern) == texts.compactMap { Float($0)?.bitPattern })
    }

    @Test(
        "What is plain is taken out, and the rest is left",
        arguments: [
            #"{"inputs":[[1,2],[3,4]]}"#,
            #" { "model" : "a}]\"b\\" , "inputs" : [ [ -0.5e+1 , 1E-3 ] ] , "labels":[1]}"#,
            #"{"labels": [0, 1], "x": {"inputs": [[9]], "y": [{}, "]"]}, "inputs": [[0], [-0]], "model": null}"#,
            #"{"inputs":[[123456789012345678901234567890, 0.1e-30, 5e37]]}"#,
        ]) func plain(_ text: String) throws
    {
        let found = try #require(lifted(text))
        let whole = try decoded(text)
        let rest = try JSONDecoder().decode(VectorRequest.self, from: found.rest)
        #expect(found.inputs == (try whole.tensor()))
        #expect(rest == VectorRequest(model: whole.model, inputs: [], labels: whole.labels))
    }

    @Test(
        "What is not plain is left to the whole parser",
        arguments: [
            "", "{", "{}", "[]", "null", #"{"inputs":[]}"#, #"{"inputs":[[]]}"#, #"{"inputs":[[1],[2,3]]}"#,
            #"{"inputs":[[1,]]}"#, #"{"inputs":[[1 2]]}"#, #"{"inputs":[[01]]}"#, #"{"inputs":[[1.]]}"#,
            #"{"inputs":[[.5]]}"#, #"{"inputs":[[+1]]}"#, #"{"inputs":[[1e]]}"#, #"{"inputs":[[1e999]]}"#,
            #"{"inputs":[[1e-99999]]}"#, #"{"inputs":[[NaN]]}"#, #"{"inputs":[["1"]]}"#, #"{"inputs":[[1]"#,
            #"{"inputs":[[1]],"inputs":[[2]]}"#, #"{"in\u0070uts":[[1]]}"#, #"{"inputs":[[1]],}"#, #"{"model":"a"#,
            #"{"inputs":[[4e38]]}"#, #"{"inputs":[[--1]]}"#, #"{"inputs":[[0x1]]}"#, #"{"inputs":[1]}"#,
        ]) func notPlain(_ text: String)
    { #expect(lifted(text) == nil) }

    @Test("An answer has the bytes of the encoder") func written() throws {
        let random = RandomStream(seed: 3)["bits"]
        let numbers = random.words(3000).map { Float(bitPattern: $0) }
            .filter { $0.isFinite }
        let rows = Tensor(numbers + [0, -0, 1, 100, 1e7, 16_777_216, 0.1], shape: [1, numbers.count + 7])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        for answer in [
            Answer.vectors(rows), .classes(ClassAnswers(labels: [3], probabilities: rows)),
            .classes(ClassAnswers(labels: [3], probabilities: nil)),
        ] {
            let response = VectorResponse(answer, model: "a/b", usage: QueryCost(queries: 1))
            #expect(
                String(decoding: try response.json(), as: UTF8.self)
                    == String(
                        decoding: try encoder.encode(response), as: UTF8.self))
        }
        let strange = Answer.vectors(Tensor([1, .infinity], shape: [1, 2]))
        #expect(throws: EncodingError.self) {
            try VectorResponse(strange, model: "a", usage: QueryCost(queries: 1)).json()
        }
    }
}
