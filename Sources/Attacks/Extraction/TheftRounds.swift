import Models
import Tensors
import ThreatModel

/// Chooses what to ask next from what has been answered.
protocol QueryStrategy {
    /// Returns the rows of the pool that are asked next, none of which it has returned before.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - set: what has been answered.
    ///   - student: one that was trained on all of it; `nil` while there is nothing.
    /// - Returns: `count` rows.
    mutating func next(_ count: Int, after set: TransferSet, knowing student: StudentClassifier?) -> [Int]
}

/// A theft in rounds: choose queries, ask, train a student, choose again.
struct TheftRounds {
    /// Trains the students.
    let training: StudentTraining
    /// In ascending order.
    let budgets: [Int]
    /// How many queries have been asked after each round, in ascending order; every budget is among them.
    let ends: [Int]
    /// The epochs of students between budgets; 0 for the recipe's own.
    let epochs: Int

    /// Plans rounds up to each budget: a seed, then `rounds` equal parts of what is left of the first budget, then as
    /// many between a budget and the next.
    ///
    /// So each budget has been spent as if there were no larger one, but for what smaller ones have chosen.
    static func ends(_ budgets: [Int], rounds: Int, seed: Double) -> [Int] {
        var (ends, start) = (Set<Int>(), 0)
        if let first = budgets.first, seed > 0 {
            start = min(first, max(1, Int((seed * Double(first)).rounded())))
            ends.insert(start)
        }
        for budget in budgets {
            for round in 1...rounds { ends.insert(start + (budget - start) * round / rounds) }
            start = budget
        }
        return ends.subtracting([0]).sorted()
    }

    /// Plays all rounds on the rows of a pool; returns the student of each budget.
    func play(
        _ strategy: inout some QueryStrategy, on pool: Tensor, into set: inout TransferSet,
        _ ask: (Tensor) throws -> Tensor
    ) throws -> [Surrogate] {
        var (student, surrogates) = (StudentClassifier?.none, [Surrogate]())
        for end in ends {
            let queries = pool.gatherRows(strategy.next(end - set.count, after: set, knowing: student))
            set.append(queries, try ask(queries))
            if budgets.contains(end) {
                let own = try training.student(end, of: set)
                surrogates.append(Surrogate(budget: end, model: own.model))
                student = own
            } else {
                student = try training.train("round-\(end)", on: set.training(end), epochs: epochs)
            }
        }
        return surrogates
    }
}
