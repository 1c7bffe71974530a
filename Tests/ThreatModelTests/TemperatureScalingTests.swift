import Foundation
import Models
import Tensors
import TestSupport
import Testing
import ThreatModel

@Suite struct TemperatureScalingTests {
    @Test("Probabilities of 0.8 and 0.2 become 2/3 and 1/3 at temperature 2, and 16/17 at ½")
    func byHand() throws {
        let row = Tensor([0.8, 0.2, 0], shape: [1, 3])
        func told(_ temperature: Double) throws -> Tensor {
            try #require(Oracle.Echo().defended("temperature=\(temperature)").classes(row).probabilities)
        }
        expectClose(try told(2), [2.0 / 3, 1.0 / 3, 0])
        expectClose(try told(0.5), [16.0 / 17, 1.0 / 17, 0])
        expectClose(try told(1), [0.8, 0.2, 0])
    }

    @Test("Rows add up to 1 and the label's probability stays a largest", arguments: [0.05, 3, 100])
    func properties(temperature: Double) throws {
        let rows = distributions(300, classes: 6, seed: 5)
        let answers = try Oracle.Echo().defended("temperature=\(temperature)").classes(rows)
        let told = try #require(answers.probabilities)
        #expect(answers.labels == rows.rowArgmax())
        for (row, label) in answers.labels.enumerated() {
            #expect(told.row(row)[Int(label)] == told.row(row).max())
            #expect(abs(told.row(row).reduce(0, +) - 1) < 1e-5)
        }
    }

    @Test("Log-probabilities are those of divided logits, of prompt and text, and the text is the same")
    func completions() throws {
        let (open, service) = (languageModel(), try languageModel().defended("temperature=2.5"))
        var query = CompletionQuery(
            prompts: [[1, 2, 3]], maxTokens: 3, rule: SamplingRule(), stream: RandomStream(seed: 8))
        query.logProbabilities = 8
        query.echoes = true
        let (plain, told) = try (open.completions(query)[0], service.completions(query)[0])
        #expect(told.tokens == plain.tokens)
        for place in 1..<told.tokens.count {
            let logits = try open.vectors(.logits([Array(told.tokens[..<place])]))
            expectClose(try service.vectors(.logits([Array(told.tokens[..<place])])), logits.doubles.map { $0 / 2.5 })
            let weights = logits.doubles.map { Foundation.exp($0 / 2.5) }
            let normaliser = Foundation.log(weights.reduce(0, +))
            let found = try #require(told.places?[place])
            for ranked in found.top {
                let expected = logits.doubles[Int(ranked.token)] / 2.5 - normaliser
                #expect(abs(Double(ranked.logProbability) - expected) < 1e-4)
            }
            #expect(found.top.first { $0.token == told.tokens[place] }?.logProbability == found.logProbability)
        }
    }
}
