import Tensors
import Testing

@testable import Attacks

@Suite struct GradientBanditTests {
    private func played(_ step: Double, rounds: Int, reward: (Int, Double) -> Double) -> GradientBandit {
        var bandit = GradientBandit(arms: 4, step: step)
        for round in 0..<rounds {
            let (draws, noise) = (RandomStream(seed: 3)["draws"][round], RandomStream(seed: 3)["noise"][round])
            let policy = bandit.policy()
            let arms = (0..<50).map { GradientBandit.draw(policy, at: draws.uniform($0)) }
            bandit.learn(arms, arms.enumerated().map { reward($1, noise.uniform($0)) }, under: policy)
        }
        return bandit
    }

    @Test("The policy converges to the arm that pays, through noise that is larger than the difference")
    func convergence() {
        let policy = played(1, rounds: 60) { arm, noise in (arm == 2 ? 0.3 : 0) + 0.7 * noise }.policy()
        #expect(policy[2] > 0.9, "\(policy)")
        #expect(abs(policy.reduce(0, +) - 1) < 1e-12)
    }

    @Test("Control: equal rewards leave every arm as likely as before, and a step of 0 does always")
    func control() {
        #expect(played(1, rounds: 20) { _, _ in 0.5 }.policy().allSatisfy { abs($0 - 0.25) < 1e-9 })
        #expect(played(0, rounds: 20) { arm, _ in Double(arm) }.policy() == [0.25, 0.25, 0.25, 0.25])
    }

    @Test("One batch moves the preferences by the formula")
    func step() {
        var bandit = GradientBandit(arms: 2, step: 3)
        bandit.learn([0, 0, 1, 0], [1, 0, 0, 1], under: [0.5, 0.5])
        // r̄ = ½; the arms' sums are ½ − ½ + ½ and −½, altogether 0.
        #expect(bandit.preferences == [0.75, -0.75])
        bandit.learn([1, 1], [1, 1], under: [0.75, 0.25])
        // r̄ = 4/6; the sum is 2/3, all of it the second arm's.
        let (low, high) = (0.75 - 3 * (2.0 / 3) * 0.75, -0.75 + 3 * (2.0 / 3) * 0.75)
        #expect(abs(bandit.preferences[0] - low) < 1e-12 && abs(bandit.preferences[1] - high) < 1e-12)
    }

    @Test("A closed arm is never drawn, and draws follow the policy")
    func draws() {
        let bandit = GradientBandit(arms: 3, step: 1)
        let policy = bandit.policy { $0 != 1 }
        #expect(policy == [0.5, 0, 0.5])
        let draws = (0..<1000).map { GradientBandit.draw(policy, at: RandomStream(seed: 8).uniform($0)) }
        #expect(!draws.contains(1))
        // Five standard deviations.
        #expect(abs(draws.count { $0 == 0 } - 500) < 80)
        #expect(GradientBandit.draw([0.5, 0.5, 0], at: 0.999_999_999_999) == 1)
        #expect(GradientBandit.draw([0.3, 0.3, 0], at: 0.9) == 1, "a crumb beyond the last belongs to it")
    }
}
