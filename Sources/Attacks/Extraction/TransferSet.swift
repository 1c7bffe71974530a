import Models
import Tensors
import ThreatModel

/// What a thief has asked of a classifier and been told, in the order of asking.
///
/// The set of a smaller budget is its first part, so a curve over budgets takes one set, and no query is asked twice.
/// A share of the positions, spread evenly over every first part, can be held out for validation.
struct TransferSet: Sendable {
    /// What was asked, shape [count, width].
    private(set) var queries: Tensor
    /// The distribution over classes that each query was answered with, shape [count, classes].
    private(set) var answers: Tensor
    /// The share of positions that are held out.
    let heldOut: Double

    /// Creates an empty set.
    init(width: Int, classes: Int, heldOut: Double = 0) {
        precondition(heldOut >= 0 && heldOut < 1, "a share of \(heldOut) held out")
        (queries, answers, self.heldOut) = (.zeros([0, width]), .zeros([0, classes]), heldOut)
    }

    /// The number of queries.
    var count: Int { queries.rows }

    /// Adds queries and their answers, which become distributions.
    mutating func append(_ queries: Tensor, _ answers: Tensor) {
        precondition(queries.rows == answers.rows, "\(answers.rows) answers to \(queries.rows) queries")
        self.queries = .concatenatedRows([self.queries, queries])
        self.answers = .concatenatedRows([self.answers, answers.distributions()])
    }

    /// Whether a position, counted from 0, is held out; of any first n positions a share is, give or take one.
    func isHeldOut(_ position: Int) -> Bool {
        Int(Double(position + 1) * heldOut) > Int(Double(position) * heldOut)
    }

    /// How many of the first `count` positions are held out.
    func heldOutCount(_ count: Int) -> Int { (0..<count).count(where: isHeldOut) }

    /// The first `count` queries without those that are held out, with their answers as targets.
    func training(_ count: Int) -> Records { records((0..<count).filter { !isHeldOut($0) }) }

    /// Those of the first `count` queries that are held out, with their answers as targets.
    func validation(_ count: Int) -> Records { records((0..<count).filter(isHeldOut)) }

    private func records(_ positions: [Int]) -> Records {
        Records(features: queries.gatherRows(positions), targets: answers.gatherRows(positions))
    }
}

/// What a thief keeps of the probabilities that it is told.
public enum AnswerForm: String, Codable, Sendable, CaseIterable {
    /// All of them.
    case probabilities
    /// The told label alone, which then has probability 1.
    case labels

    /// Asks for the distribution over the classes of each query, shape [count, classes].
    func ask(_ victim: Predictions, _ queries: Tensor) throws(ThreatModelError) -> Tensor {
        let records = Records(features: queries)
        return switch self {
        case .probabilities: try victim.probabilities(records)
        case .labels: .oneHot(try victim.labels(records), classes: try victim.classes)
        }
    }
}

extension AttackSettings {
    /// Reads `budgets`, the numbers of queries: in ascending order, each once.
    mutating func budgets(
        from least: Int = 1, default fallback: [Int] = [100, 1000]
    ) throws(AttackSettingsError) -> [Int] {
        try integers("budgets", in: least...10_000_000, default: fallback).ascendingBudgets
    }
}

extension [Int] {
    /// The numbers in ascending order, each once.
    ///
    /// - Precondition: there is one, and all are positive.
    var ascendingBudgets: [Int] {
        precondition(!isEmpty && allSatisfy { $0 > 0 }, "budgets \(self)")
        return Set(self).sorted()
    }
}

extension Tensor {
    /// Makes each row a distribution: what is no positive number becomes 0, the rest adds up to 1.
    ///
    /// An interface that defends itself may round, hide or disturb its answers; a row of which nothing is left becomes
    /// uniform.
    func distributions() -> Tensor {
        let kept = Tensor(values.map { $0 > 0 && $0.isFinite ? $0 : 0 }, shape: shape)
        let sums = kept.rowSums().values
        var result = kept
        result.scaleRows(by: sums.map { $0 > 0 ? 1 / $0 : 0 })
        for row in sums.indices where sums[row] == 0 {
            for column in 0..<columns { result[row * columns + column] = 1 / Float(columns) }
        }
        return result
    }
}
