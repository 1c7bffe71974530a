import Foundation
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct ModifiedEntropyTests {
    @Test("The values are the golden ones, and the scores are minus them")
    func golden() throws {
        let golden = try AttackGolden()
        let (probabilities, labels) = try (golden.probabilities(), golden.labels())
        let values = try ModifiedEntropy.values(of: probabilities, labels: labels)
        #expect(try largestError(values, golden.expected("mod_entropy")) < 1e-6)
        #expect(try ModifiedEntropy.scores(probabilities: probabilities, labels: labels) == values.map { -$0 })
    }

    @Test("What Float cannot tell from one still counts, and certainty of the wrong class is large but finite")
    func saturated() throws {
        let tiny: Float = 1e-20
        let probabilities = Tensor([1, tiny, 0, 1, 1, tiny], shape: [3, 2])
        let values = try ModifiedEntropy.values(of: probabilities, labels: [1, 1, 1])
        // −(1 − p)·ln p − p'·ln(1 − p') with p = 1e-20 and p' = 1 − 1e-20.
        #expect(abs(values[0] - 2 * 20 * log(10)) < 1e-4)
        #expect(values[1] == 0)
        #expect(values[0] == values[2])
        let wrong = try ModifiedEntropy.values(of: Tensor([1, 0], shape: [1, 2]), labels: [1])
        #expect(wrong[0] > 200 && wrong[0].isFinite)
    }

    @Test("Mass that a cut answer leaves out belongs to the other classes")
    func cut() throws {
        let values = try ModifiedEntropy.values(of: Tensor([0.75, 0, 0], shape: [1, 3]), labels: [0])
        #expect(abs(values[0] + 0.25 * log(0.75)) < 1e-12)
    }

    /// One probability of class 0 out of two whose M for label 0 is −2(1 − p)·ln p.
    private func answers(_ probabilities: [Float]) -> Tensor {
        Tensor(probabilities.flatMap { [$0, 1 - $0] }, shape: [probabilities.count, 2])
    }

    @Test("Class by class, the margin is to the value that tells the shadows' members best (by hand)")
    func classwise() throws {
        // Candidates 0 and 1 are of class 0, where members answer above 0.8; 2 and 3 of class 1, above 0.4 for it.
        let labels: [Int32] = [0, 0, 1, 1]
        let shadows = try ShadowAnswers(
            probabilities: [answers([0.8, 0.7, 0.6, 0.7]), answers([0.6, 0.9, 0.8, 0.5])],
            membership: [[true, false, true, false], [false, true, false, true]])
        let target = answers([0.85, 0.75, 0.65, 0.55])
        let scores = try ModifiedEntropy.scores(probabilities: target, labels: labels, shadows: shadows)
        let values = try ModifiedEntropy.values(of: target, labels: labels)
        func entropy(_ p: Double) -> Double { -2 * (1 - p) * log(p) }
        let thresholds = [entropy(0.8), entropy(0.8), entropy(0.4), entropy(0.4)]
        #expect(largestError(scores, zip(thresholds, values).map { $0 - $1 }) < 1e-6)
        #expect(scores.map { $0 > 0 } == [true, false, false, true])
    }

    @Test("A class that the shadows saw from one side only takes the threshold of all classes")
    func oneSided() throws {
        let shadows = try ShadowAnswers(
            probabilities: [answers([0.9, 0.6, 0.5])], membership: [[true, false, true]])
        let labels: [Int32] = [0, 0, 1]
        let scores = try ModifiedEntropy.scores(
            probabilities: answers([0.9, 0.9, 0.1]), labels: labels, shadows: shadows)
        // Over both classes M(0.9) tells best; class 1 alone has a member at M(0.5) and nobody else.
        #expect(abs(scores[2] - scores[0]) < 1e-5)
    }

    @Test("The risk is the share of a bin's members among its members and others, both sides weighing the same")
    func risk() throws {
        // Class 0: members 1, 2, 3, 5 and others 4, 6, 7, 8, 10, 11, in two bins up to and above 6, the sixth of ten;
        // class 1 has members only.
        let shadows = try ShadowView(
            signals: [[1, 4, 9], [2, 6, 9], [3, 7, 9], [5, 8, 9], [10, 11, 9]],
            membership: [[Bool]](repeating: [true, false, true], count: 4) + [[false, false, true]])
        let risks = try ModifiedEntropy.riskScores(
            values: [0, 7, 1], labels: [0, 0, 1], shadows: shadows, bins: 2)
        #expect(largestError(risks, [1 / (1 + 2.0 / 6), 0, 0.5]) < 1e-15)
        #expect(throws: ThreatModelError.self) {
            try ModifiedEntropy.riskScores(values: [0, 7], labels: [0, 0], shadows: shadows)
        }
    }

    @Test("Risk scores of the shadows' own distribution are calibrated, and their squares are not")
    func calibration() throws {
        let random = RandomStream(seed: 41)
        let count = 4000
        func draws(_ name: String, _ members: [Bool]) -> [Double] {
            zip(random[name].normalTensor([count]).values, members).map { Double($0) - ($1 ? 1 : 0) }
        }
        let (members, truth) = (random["shadow members"].coinFlips(count), random["truth"].coinFlips(count))
        let shadows = try ShadowView(signals: [draws("shadow", members)], membership: [members])
        let risks = try ModifiedEntropy.riskScores(
            values: draws("target", truth), labels: [Int32](repeating: 0, count: count), shadows: shadows)
        let diagram = try ReliabilityDiagram(predictions: risks, outcomes: truth)
        #expect(diagram.expectedCalibrationError < 0.04)
        let squares = try ReliabilityDiagram(predictions: risks.map { $0 * $0 }, outcomes: truth)
        #expect(squares.expectedCalibrationError > 0.1)
    }

    @Test("Labels of other records or of unknown classes are refused, and so is a class-wise game without answers")
    func refused() throws {
        let probabilities = Tensor([0.5, 0.5], shape: [1, 2])
        for labels: [Int32] in [[], [2], [-1], [0, 0]] {
            #expect(throws: ThreatModelError.self) { try ModifiedEntropy.values(of: probabilities, labels: labels) }
        }
        let arena = try Arena.classifier()
        var knowledge = try arena.knowledge(nil)
        knowledge.shadowAnswers = nil
        let scores = Scores(to: Victim(arena.victim), meter: QueryMeter())
        #expect(throws: ThreatModelError.missingKnowledge("a shadow pool's answers", attack: "modified-entropy")) {
            try ModifiedEntropy(classwise: true).run(
                against: scores, knowing: knowledge, random: RandomStream(seed: 1))
        }
    }
}
