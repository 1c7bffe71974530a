import Models
import Tensors
import Testing
import ThreatModel

@Suite struct HardLabelsTests {
    @Test("Labels are told and no probability")
    func labels() throws {
        let told = try Oracle.Echo().defended("labels-only").classes(Tensor([0.2, 0.8, 0.9, 0.1], shape: [2, 2]))
        #expect(told == ClassAnswers(labels: [1, 0]))
    }

    @Test("Texts are told and no log-probability")
    func texts() throws {
        var query = CompletionQuery(prompts: [[1, 2]], maxTokens: 3)
        query.logProbabilities = 5
        query.echoes = true
        let told = try languageModel().defended("labels-only").completions(query)[0]
        #expect(try told.tokens == languageModel().completions(query)[0].tokens && told.places == nil)
        // Also where a service below does not heed the request.
        let place = TokenPlace(logProbability: -1, top: [])
        let oracle = Oracle(
            answers: [.complete: .completions([Completion(prompt: 0, tokens: [1], places: [place], generated: 1)])])
        #expect(try oracle.defended("labels-only").completions(query)[0].places == nil)
    }

    @Test("Logits and a discriminator's scores cannot be asked for")
    func hidden() throws {
        let service = try Oracle(answers: [.discriminate: .vectors(Tensor([1], shape: [1, 1]))]).defended("labels-only")
        #expect(Set(try service.card().operations) == Set(Operation.allCases).subtracting([.logits, .discriminate]))
        let error = try #require(throws: ThreatModelError.self) {
            try service.answer(.discriminate(Tensor([1], shape: [1, 1])))
        }
        #expect(error.description.contains("'discriminate' is not answered: the defence 'labels-only' hides it"))
    }
}
