import RealModule
import Tensors

/// A policy over arms that moves towards those whose rewards are above the average.
///
/// π = softmax H; after a batch of n pulls of K arms with rewards r, H(z) += step·(K/n)·Σᵢ (rᵢ − r̄)·(1[zᵢ = z] − π(z)),
/// where r̄ is the mean of all rewards so far.
/// - Source: the gradient bandit of Sutton and Barto, "Reinforcement learning", 2nd edition, §2.8, as Orekondy et al.,
///   CVPR 2019, use it.
/// - Deviation: one step per batch instead of one per pull, with the mean over the batch; the factor K makes the first
///   step independent of the number of arms.
struct GradientBandit: Sendable {
    /// H, the preference for each arm.
    private(set) var preferences: [Double]
    private let step: Double
    private var (sum, pulls) = (0.0, 0)

    /// Prefers no arm.
    init(arms: Int, step: Double) {
        precondition(arms > 0, "a bandit of \(arms) arms")
        (preferences, self.step) = ([Double](repeating: 0, count: arms), step)
    }

    /// The probability of each arm among those that are open; 0 for the others.
    func policy(_ isOpen: (Int) -> Bool = { _ in true }) -> [Double] {
        let peak = preferences.indices.filter(isOpen).map { preferences[$0] }.max() ?? 0
        let weights = preferences.indices.map { isOpen($0) ? Double.exp(preferences[$0] - peak) : 0 }
        let whole = weights.reduce(0, +)
        return weights.map { whole > 0 ? $0 / whole : 0 }
    }

    /// Returns the arm of a policy at a number uniform in [0, 1).
    static func draw(_ policy: [Double], at uniform: Double) -> Int {
        var left = uniform
        for (arm, probability) in policy.enumerated() where probability > 0 {
            left -= probability
            if left < 0 { return arm }
        }
        // Rounding may leave a crumb beyond the last.
        return policy.lastIndex { $0 > 0 } ?? 0
    }

    /// Learns from a batch of pulls under a policy.
    mutating func learn(_ arms: [Int], _ rewards: [Double], under policy: [Double]) {
        precondition(arms.count == rewards.count, "\(rewards.count) rewards of \(arms.count) pulls")
        guard !arms.isEmpty else { return }
        sum += rewards.reduce(0, +)
        pulls += arms.count
        let baseline = sum / Double(pulls)
        let advantages = rewards.map { $0 - baseline }
        let whole = advantages.reduce(0, +)
        var own = [Double](repeating: 0, count: preferences.count)
        for (arm, advantage) in zip(arms, advantages) { own[arm] += advantage }
        let scale = step * Double(preferences.count) / Double(arms.count)
        for arm in preferences.indices { preferences[arm] += scale * (own[arm] - whole * policy[arm]) }
    }
}
