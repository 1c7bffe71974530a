import Statistics
import Testing
import ThreatModel

@testable import Attacks

@Suite struct CorrectnessTests {
    @Test("A right answer scores one, a wrong one zero, and other counts are refused")
    func byHand() throws {
        #expect(try Correctness.scores(predicted: [2, 0, 1, 1], labels: [2, 1, 1, 0]) == [1, 0, 1, 0])
        #expect(throws: ThreatModelError.self) { try Correctness.scores(predicted: [2], labels: [2, 1]) }
    }

    @Test("The area is one half plus half the gap between the accuracies")
    func gap() throws {
        // Members: 3 of 4 right; others: 1 of 5.
        let predicted: [Int32] = [0, 0, 0, 1, 0, 1, 1, 1, 1]
        let labels = [Int32](repeating: 0, count: 9)
        let scores = try Correctness.scores(predicted: predicted, labels: labels)
        let roc = try ROC(scores: scores, isMember: (0..<9).map { $0 < 4 })
        #expect(abs(roc.auc - (0.5 + (0.75 - 0.2) / 2)) < 1e-15)
    }
}
