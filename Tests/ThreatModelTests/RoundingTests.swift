import Models
import Tensors
import TestSupport
import Testing
import ThreatModel

@Suite struct RoundingTests {
    @Test("Probabilities are told to the decimals, and the label is the undefended one")
    func probabilities() throws {
        let row = Tensor([0.444, 0.126, 0.43], shape: [1, 3])
        let told = try Oracle.Echo().defended("rounding=2").classes(row)
        #expect(told.labels == [0] && told.probabilities?.values == [0.44, 0.13, 0.43])
        #expect(try Oracle.Echo().defended("rounding=1").classes(row).probabilities?.values == [0.4, 0.1, 0.4])
        #expect(try Oracle.Echo().defended("rounding=0").classes(row).probabilities?.values == [0, 0, 0])
    }

    @Test("Log-probabilities, logits, scores and codes are rounded, images are not")
    func others() throws {
        let place = TokenPlace(
            logProbability: -1.2345, top: [RankedToken(token: 2, logProbability: -0.0004)])
        let first = TokenPlace(logProbability: nil, top: [])
        let text = Completion(prompt: 0, tokens: [1, 2], places: [first, place], generated: 1)
        let numbers = Answer.vectors(Tensor([-1.2345, 0.056], shape: [1, 2]))
        let oracle = Oracle(
            answers: [
                .complete: .completions([text]), .logits: numbers, .encode: numbers, .discriminate: numbers,
                .decode: numbers, .sample: numbers,
            ])
        let service = try oracle.defended("rounding=2")
        let told = try service.completions(CompletionQuery(prompts: [[1]], maxTokens: 1))[0].places
        #expect(told?[0] == first && told?[1].logProbability == -1.23 && told?[1].top[0].logProbability == 0)
        let row = Tensor([0.5], shape: [1, 1])
        for query in [Query.logits([[1]]), .encode(row), .discriminate(row)] {
            #expect(try service.vectors(query).values == [-1.23, 0.06])
        }
        for query in [Query.decode(row), .sample(count: 1, stream: RandomStream(seed: 1))] {
            #expect(try service.vectors(query).values == [-1.2345, 0.056])
        }
    }

    @Test("Rounding keeps the order, moves by at most half a unit, and twice is once")
    func properties() throws {
        let rows = distributions(200, classes: 6, seed: 1)
        let service = try Oracle.Echo().defended("rounding=1")
        let told = try #require(service.classes(rows).probabilities)
        #expect(try service.classes(told).probabilities == told)
        for row in 0..<rows.rows {
            let (before, after) = (rows.row(row), told.row(row))
            #expect(zip(before, after).allSatisfy { abs($0 - $1) <= 0.05 + 1e-6 })
            for (i, j) in [(0, 1), (2, 3), (4, 5)] { #expect(before[i] > before[j] || after[i] <= after[j]) }
        }
    }
}
