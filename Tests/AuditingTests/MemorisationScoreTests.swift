import Auditing
import Statistics
import Tensors
import Testing

@Suite struct MemorisationScoreTests {
    @Test("By hand: the difference of the means, the standard error of two samples, and the ranking")
    func byHand() throws {
        let performance = [[1.0, 0.2, 0.5, 9], [0.8, 0.2, 0.1, 9], [0.2, 0.4, 0.4, 9], [0, 0.8, 0.3, 9]]
        let membership = [
            [true, false, true, true], [true, true, false, true], [false, false, false, true],
            [false, true, false, true],
        ]
        let scores = try MemorisationScore.scores(performance: performance, membership: membership)
        #expect(scores.map(\.record) == [0, 1, 2], "the last record was never left out")
        #expect(abs(scores[0].value - 0.8) < 1e-15)
        // Two samples of two: variances 0.02 and 0.02, each over two.
        #expect(abs((scores[0].standardError ?? 0) - 0.02.squareRoot()) < 1e-15)
        #expect(abs(scores[1].value - 0.2) < 1e-15)
        #expect(scores[2].standardError == nil && scores[2].insideModels == 1 && scores[2].outsideModels == 3)
        #expect(MemorisationScore.ranking(scores).map(\.record) == [0, 2, 1])
    }

    @Test(
        "The record that models remember ranks first, and its score is within three standard errors of what was planted"
    )
    func planted() throws {
        let random = RandomStream(seed: 8)
        let membership = (0..<60).map { random["coin"][$0].coinFlips(10) }
        let performance = (0..<60).map { model in
            (0..<10).map { record in
                random["noise"][model].uniform(record) + (record == 7 && membership[model][record] ? 0.6 : 0)
            }
        }
        let scores = try MemorisationScore.scores(performance: performance, membership: membership)
        let first = try #require(MemorisationScore.ranking(scores).first)
        #expect(first.record == 7)
        #expect(abs(first.value - 0.6) < 3 * (first.standardError ?? 0))
        #expect(scores.filter { $0.record != 7 }.allSatisfy { abs($0.value) < 4 * ($0.standardError ?? 0) })
    }

    @Test("Other shapes and infinite performances are refused")
    func refusals() {
        #expect(throws: StatisticsError.countsDiffer(scores: 1, labels: 2)) {
            try MemorisationScore.scores(performance: [[1]], membership: [[true], [false]])
        }
        #expect(throws: StatisticsError.countsDiffer(scores: 2, labels: 1)) {
            try MemorisationScore.scores(performance: [[1, 2]], membership: [[true]])
        }
        #expect(throws: StatisticsError.notFinite(index: 1)) {
            try MemorisationScore.scores(performance: [[1, .nan]], membership: [[true, false]])
        }
    }
}
