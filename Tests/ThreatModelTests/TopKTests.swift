import Models
import Tensors
import Testing
import ThreatModel

@Suite struct TopKTests {
    @Test("All but the largest become 0, and of equal ones the first are kept")
    func probabilities() throws {
        let row = Tensor([0.1, 0.3, 0.3, 0.1, 0.2], shape: [1, 5])
        func told(_ k: Int) throws -> [Float]? {
            try Oracle.Echo().defended("top-k=\(k)").classes(row).probabilities?.values
        }
        #expect(try told(1) == [0, 0.3, 0, 0, 0])
        #expect(try told(3) == [0, 0.3, 0.3, 0, 0.2])
        #expect(try told(4) == [0.1, 0.3, 0.3, 0, 0.2])
        #expect(try told(9) == row.values)
    }

    @Test("At most k of the likeliest tokens are told, with the log-probability of the one that stands there")
    func completions() throws {
        var query = CompletionQuery(prompts: [[1, 2]], maxTokens: 2)
        query.logProbabilities = 5
        let (open, told) = try (
            languageModel().completions(query)[0], languageModel().defended("top-k=2").completions(query)[0]
        )
        #expect(told.tokens == open.tokens)
        #expect(told.places?.map(\.logProbability) == open.places?.map(\.logProbability))
        #expect(told.places?.map(\.top) == open.places?.map { Array($0.top.prefix(2)) })
        #expect(open.places?[0].top.count == 5)
    }

    @Test("Logits cannot be asked for, and a number of log-probabilities out of range is still refused")
    func refusals() throws {
        let service = try languageModel().defended("top-k=2")
        #expect(try service.card().operations == [.complete])
        #expect(throws: ThreatModelError.self) { try service.answer(.logits([[1]])) }
        var query = CompletionQuery(prompts: [[1]], maxTokens: 1)
        query.logProbabilities = 21
        #expect(throws: ThreatModelError.self) { try service.completions(query) }
    }
}
