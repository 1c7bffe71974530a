import Models
import Tensors

/// Asks about the classes of a pool that have paid off: the adaptive strategy of knock-off nets.
///
/// An arm is a class of the pool; a pull takes one of its records that has not been asked, at random. An arm without
/// records is closed.
struct BanditQueries: QueryStrategy {
    private let reward: QueryReward
    private let random: RandomStream
    private(set) var bandit: GradientBandit
    /// What is left of each arm, the next one last.
    private var left: [[Int]]
    /// The last round: where it starts in the transfer set, what was pulled, under which policy, knowing which student.
    private var latest: (start: Int, arms: [Int], policy: [Double], student: StudentClassifier?)?

    /// Creates the strategy of a pool whose record r belongs to arm `arms[r]`.
    init(arms: [Int], reward: QueryReward, step: Double, random: RandomStream) {
        (self.reward, self.random) = (reward, random)
        let count = (arms.max() ?? 0) + 1
        bandit = GradientBandit(arms: count, step: step)
        left = [[Int]](repeating: [], count: count)
        for record in random["order"].permutation(arms.count) { left[arms[record]].append(record) }
    }

    /// Learns from the last round, then pulls.
    mutating func next(_ count: Int, after set: TransferSet, knowing student: StudentClassifier?) -> [Int] {
        learn(from: set)
        let draws = random["pulls"]
        var (chosen, arms) = ([Int](), [Int]())
        let policy = bandit.policy { !left[$0].isEmpty }
        var current = policy
        while chosen.count < count {
            let arm = GradientBandit.draw(current, at: draws.uniform(set.count + chosen.count))
            guard let record = left[arm].popLast() else { preconditionFailure("a pool smaller than its budget") }
            chosen.append(record)
            arms.append(arm)
            if left[arm].isEmpty { current = bandit.policy { !left[$0].isEmpty } }
        }
        latest = (set.count, arms, policy, student)
        return chosen
    }

    private mutating func learn(from set: TransferSet) {
        guard let latest else { return }
        let answers = set.answers.rows(latest.start..<set.count)
        let predicted = latest.student?.probabilities(set.queries.rows(latest.start..<set.count))
        // What nothing is known of must not enter the bandit's mean.
        guard let rewards = reward.values(answers, after: set.answers.rows(0..<latest.start), predicted: predicted)
        else { return }
        bandit.learn(latest.arms, rewards, under: latest.policy)
    }
}
