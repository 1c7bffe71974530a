import Models
import Tensors
import Testing
import ThreatModel

@Suite struct TokenAnswersTests {
    private func victim(_ meter: QueryMeter = QueryMeter()) throws -> Scores {
        Scores(to: Victim(try Arena.transformer().victim), meter: meter)
    }

    @Test("Texts of any length have one log-probability per token but the first, each as if it were alone")
    func lengths() throws {
        let tokens = Arena.windows.tokens
        let texts = [5, 1, 12, 0, 5, 2].enumerated().map { Array(tokens[$0 * 12..<$0 * 12 + $1]) }
        let found = try victim().tokenLogProbabilities(of: texts)
        #expect(found.map(\.count) == [4, 0, 11, 0, 4, 1])
        for (text, logarithms) in zip(texts, found) where text.count > 1 {
            let loss = try victim().values(.tokenLoss, of: Records(tokens: text, window: text.count))[0]
            #expect(abs(logarithms.reduce(0, +) / Double(logarithms.count) + loss) < 1e-5)
            #expect(try largestError(victim().tokenLogProbabilities(of: [text])[0], logarithms) < 1e-5)
        }
    }

    @Test("What lies beyond the context and one token is not read")
    func truncated() throws {
        let long = Array(Arena.windows.tokens.prefix(30))
        let found = try victim().tokenLogProbabilities(of: [long, Array(long.prefix(12))])
        #expect(found[0].count == 11 && found[0] == found[1])
        #expect(throws: ThreatModelError.self) { try victim().tokenScores(Records(tokens: long, window: 30)) }
    }

    @Test("Each text and each record is a query, and too many are refused before they are answered")
    func metered() throws {
        let meter = QueryMeter(budget: 6)
        let victim = try victim(meter)
        _ = try victim.tokenLogProbabilities(of: [[1, 2], [3], []])
        #expect(meter.queries == 3)
        let scores = try victim.tokenScores(Arena.windows.slice(0..<2))
        #expect(meter.queries == 5 && scores.logProbabilities.shape == [2, 11])
        #expect(throws: ThreatModelError.budgetExhausted(asked: 2, left: 1)) {
            try victim.tokenLogProbabilities(of: [[1, 2], [3]])
        }
    }

    @Test("Only language models answer")
    func families() throws {
        let other = Scores(to: Victim(try Arena.autoencoder().victim), meter: QueryMeter())
        #expect(throws: ThreatModelError.self) { try other.tokenScores(Arena.windows) }
        #expect(throws: ThreatModelError.self) { try other.tokenLogProbabilities(of: []) }
    }
}
