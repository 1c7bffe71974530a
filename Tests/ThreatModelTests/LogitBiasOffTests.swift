import Models
import Tensors
import Testing
import ThreatModel

@Suite struct LogitBiasOffTests {
    @Test("A bias is refused by name, and a query without one is answered as before")
    func refusal() throws {
        let service = try languageModel().defended("no-logit-bias")
        var query = CompletionQuery(prompts: [[1, 2]], maxTokens: 2)
        #expect(try service.completions(query) == languageModel().completions(query))
        query.bias[3] = 1
        let error = try #require(throws: ThreatModelError.self) { try service.completions(query) }
        guard case .refused(.invalid("logit_bias", _)) = error else {
            Issue.record("\(error)")
            return
        }
    }
}
