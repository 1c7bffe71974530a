import RealModule
import Tensors

/// What an answer is worth to a thief that learns where to ask.
public enum QueryReward: String, Codable, Sendable, CaseIterable {
    /// The victim is sure: its largest probability less the second.
    case certainty
    /// The answer is another than those before: Σ_k max(0, y_k − ȳ_k), with their mean ȳ.
    case diversity
    /// The student did not know: 1 − e⁻ˡ of the cross-entropy l of its answer against the victim's.
    case loss
    /// The mean of the three.
    case all

    /// Returns the reward of each answer, in [0, 1].
    ///
    /// - Parameters:
    ///   - answers: distributions, shape [n, classes].
    ///   - earlier: those of former rounds, shape [m, classes]; without any, diversity is measured within `answers`.
    ///   - predicted: what a student that had not seen them said, shape [n, classes]; `nil` when there was none, and
    ///     then its loss counts in no mean.
    /// - Returns: n numbers; `nil` for the loss without a student, of which nothing is known.
    func values(_ answers: Tensor, after earlier: Tensor, predicted: Tensor?) -> [Double]? {
        switch self {
        case .certainty: return QueryReward.certainty(answers)
        case .diversity: return QueryReward.diversity(answers, after: earlier)
        case .loss:
            return predicted.map { QueryReward.loss(answers, $0) }
        case .all:
            var parts = [QueryReward.certainty(answers), QueryReward.diversity(answers, after: earlier)]
            if let predicted { parts.append(QueryReward.loss(answers, predicted)) }
            return (0..<answers.rows).map { row in parts.reduce(0) { $0 + $1[row] } / Double(parts.count) }
        }
    }

    private static func certainty(_ answers: Tensor) -> [Double] {
        (0..<answers.rows).map { row in
            let sorted = answers.row(row).sorted(by: >)
            return Double(sorted.count > 1 ? sorted[0] - sorted[1] : sorted.first ?? 0)
        }
    }

    private static func diversity(_ answers: Tensor, after earlier: Tensor) -> [Double] {
        let known = earlier.rows > 0 ? earlier : answers
        let mean = known.sumOfRows().values.map { $0 / Float(max(known.rows, 1)) }
        return (0..<answers.rows).map { row in
            zip(answers.row(row), mean).reduce(0) { $0 + Double(max(0, $1.0 - $1.1)) }
        }
    }

    private static func loss(_ answers: Tensor, _ predicted: Tensor) -> [Double] {
        (0..<answers.rows).map { row in
            let loss = zip(answers.row(row), predicted.row(row)).reduce(0.0) { sum, pair in
                // A probability that single precision has lost costs what the smallest normal number would.
                sum - Double(pair.0) * Double.log(Double(max(pair.1, .leastNormalMagnitude)))
            }
            return 1 - Double.exp(-loss)
        }
    }
}
