import Foundation
import Tensors
import Testing

@testable import Attacks

@Suite struct QueryRewardTests {
    private let answers = Tensor([0.75, 0.25, 0, 0.5, 0.5, 0, 0, 0, 1], shape: [3, 3])
    private let earlier = Tensor([1, 0, 0, 0.5, 0.5, 0], shape: [2, 3])
    private let predicted = Tensor([0.5, 0.25, 0.25, 0.5, 0.5, 0, 0.5, 0.25, 0.25], shape: [3, 3])

    @Test("Certainty is the margin, diversity what exceeds the mean of earlier answers, loss that of the student")
    func values() throws {
        #expect(QueryReward.certainty.values(answers, after: earlier, predicted: nil) == [0.5, 0, 1])
        #expect(QueryReward.diversity.values(answers, after: earlier, predicted: nil) == [0, 0.25, 1])
        let loss = try #require(QueryReward.loss.values(answers, after: earlier, predicted: predicted))
        let expected = [1 - pow(0.5, 0.75) * pow(0.25, 0.25), 0.5, 0.75]
        #expect(zip(loss, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(loss)")
        let all = try #require(QueryReward.all.values(answers, after: earlier, predicted: predicted))
        #expect(abs(all[0] - (0.5 + 0 + expected[0]) / 3) < 1e-9 && abs(all[2] - (1 + 1 + 0.75) / 3) < 1e-9)
    }

    @Test("Without a student nothing is known of its loss, and without earlier answers diversity is within the round")
    func absent() throws {
        let none = Tensor.zeros([0, 3])
        #expect(QueryReward.loss.values(answers, after: earlier, predicted: nil) == nil)
        #expect(QueryReward.all.values(answers, after: earlier, predicted: nil) == [0.25, 0.125, 1])
        let within = try #require(QueryReward.diversity.values(answers, after: none, predicted: nil))
        #expect(zip(within, [1.0 / 3, 1.0 / 3, 2.0 / 3]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(within)")
    }

    @Test("Every reward lies in [0, 1], even of a student that excludes the truth", arguments: QueryReward.allCases)
    func range(_ reward: QueryReward) throws {
        let random = RandomStream(seed: 7)
        let answers = (random["answers"].normalTensor([50, 4]) * 3).softmax()
        var predicted = (random["predicted"].normalTensor([50, 4]) * 3).softmax()
        for column in 0..<4 { predicted[column] = column == 0 ? 1 : 0 }
        let rewards = try #require(reward.values(answers, after: answers.rows(0..<9), predicted: predicted))
        #expect(rewards.count == 50 && rewards.allSatisfy { (0...1).contains($0) })
    }
}
