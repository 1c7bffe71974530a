public import Models
import RealModule
import Statistics
public import Tensors
public import ThreatModel

/// Tells members from non-members without any model: a classifier of bags of words, cross-validated on the candidates.
///
/// It is no attack, for it learns from the secret, which only the game has. It is a diagnostic of the split: where a
/// classifier that never asked the victim does better than chance, members and non-members are different texts, and an
/// attack's success may be nothing else.
///
/// A bag is the tokens of a candidate with their counts, count c as 1 + ln c, scaled to unit length. Every fold is
/// scored by a logistic regression on the others. Folds hold members and non-members in equal shares, so that a fold
/// rich in members does not show in the others' intercept.
///
/// - Source: Das, Zhang and Tramèr, "Blind Baselines Beat Membership Inference Attacks for Foundation Models", 2024;
///   Meeus et al., "SoK: Membership Inference Attacks on LLMs are Rushing Nowhere", SaTML 2025.
/// - Deviation: single tokens, where the papers take words and pairs of words besides.
public struct BlindBaseline: Sendable {
    private let secret: [Bool]
    /// How many parts the candidates are divided into.
    public let folds: Int
    /// The weight of a coefficient's square beside the mean loss of a candidate.
    public let penalty: Double

    /// Creates a baseline with the secret.
    package init(secret: [Bool], folds: Int = 5, penalty: Double = 1e-3) {
        precondition(folds > 1 && penalty > 0, "\(folds) folds with a penalty of \(penalty)")
        (self.secret, self.folds, self.penalty) = (secret, folds, penalty)
    }

    /// Returns the log-odds that each token window is a member's, by a classifier that saw neither it nor the victim.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` as for bags.
    public func scores(of windows: Records, random: RandomStream) throws(ThreatModelError) -> MembershipScores {
        try scores(ofBags: windows.texts, random: random)
    }

    /// Returns the log-odds that each text is a member's by its words: runs of letters and digits in lower case.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` as for bags.
    public func scores(ofTexts texts: [String], random: RandomStream) throws(ThreatModelError) -> MembershipScores {
        var numbers: [Substring: Int32] = [:]
        let lowercase = texts.map { $0.lowercased() }
        let bags = lowercase.map { text in
            text.split { !$0.isLetter && !$0.isNumber }.map { word in
                let number = numbers[word] ?? Int32(numbers.count)
                numbers[word] = number
                return number
            }
        }
        return try scores(ofBags: bags, random: random)
    }

    /// Returns the log-odds that each bag of tokens is a member's; the order of tokens in a bag does not matter.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there are not as many bags as candidates, or fewer members or
    ///   non-members than folds.
    /// - Complexity: O(folds · steps · distinct tokens of all bags), with at most 1000 steps.
    public func scores(ofBags bags: [[Int32]], random: RandomStream) throws(ThreatModelError) -> MembershipScores {
        let members = secret.count { $0 }
        guard bags.count == secret.count, min(members, secret.count - members) >= folds else {
            throw .mismatch(
                "\(bags.count) bags of tokens, \(members) members and \(secret.count - members) non-members; expected "
                    + "one bag per candidate, and at least \(folds) candidates of each kind for as many folds")
        }
        let rows = SparseRows(bags)
        let fold = foldNumbers(random["folds"])
        var scores = [Double](repeating: 0, count: bags.count)
        for part in 0..<folds {
            let training = fold.indices.filter { fold[$0] != part }
            let model = LogisticRegression(fitting: rows, labels: secret, of: training, penalty: penalty)
            for candidate in fold.indices where fold[candidate] == part {
                scores[candidate] = model.logOdds(rows, candidate)
            }
        }
        return MembershipScores(scores)
    }

    /// The fold of each candidate; members and non-members are dealt out one by one, each in an order of their own.
    private func foldNumbers(_ random: RandomStream) -> [Int] {
        var fold = [Int](repeating: 0, count: secret.count)
        for (kind, isMember) in [true, false].enumerated() {
            let own = secret.indices.filter { secret[$0] == isMember }
            for (place, index) in random[kind].permutation(own.count).enumerated() { fold[own[index]] = place % folds }
        }
        return fold
    }

    /// What to say of a split on which the baseline was graded so; `nil` unless the whole interval lies above chance.
    public static func warning(_ grade: MembershipGrade) -> String? {
        let interval = grade.auc.interval
        guard interval.lower > 0.5 else { return nil }
        func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
        return "members and non-members differ without any model: a bag-of-words classifier that never saw the victim "
            + "tells them apart with AUC \(rounded(grade.auc.value)) "
            + "(\(rounded(interval.lower)) to \(rounded(interval.upper))); "
            + "read every attack's result beside it, or split the records at random"
    }
}

/// Bags of tokens as vectors of unit length that are mostly zero.
private struct SparseRows {
    /// Where each row starts among the entries, and where the last one ends.
    var starts = [0]
    var columns: [Int] = []
    var values: [Double] = []
    /// How many different tokens there are.
    let width: Int

    init(_ bags: [[Int32]]) {
        let tokens = Set(bags.joined()).sorted()
        let column = Dictionary(uniqueKeysWithValues: zip(tokens, 0...))
        width = tokens.count
        for bag in bags {
            var counts: [Int: Double] = [:]
            for token in bag { counts[column[token] ?? 0, default: 0] += 1 }
            let weights = counts.sorted { $0.key < $1.key }.map { ($0.key, 1 + Double.log($0.value)) }
            let length = weights.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot()
            columns += weights.map(\.0)
            values += weights.map { $0.1 / length }
            starts.append(columns.count)
        }
    }

    /// The product of a row and a vector of coefficients.
    func product(_ row: Int, _ vector: [Double]) -> Double {
        var sum = 0.0
        for entry in starts[row]..<starts[row + 1] { sum += values[entry] * vector[columns[entry]] }
        return sum
    }

    /// Adds a multiple of a row to a vector.
    func add(_ row: Int, times factor: Double, to vector: inout [Double]) {
        for entry in starts[row]..<starts[row + 1] { vector[columns[entry]] += factor * values[entry] }
    }
}

/// A logistic regression with squared coefficients as penalty, the intercept's included.
///
/// The minimum of a strongly convex function is found by Nesterov's accelerated gradient, which is plain arithmetic in
/// a fixed order: the same coefficients everywhere.
///
/// - Source: Nesterov, "Introductory Lectures on Convex Optimization", 2004, section 2.2.
private struct LogisticRegression {
    /// One per column, and the intercept.
    private(set) var coefficients: [Double]

    init(fitting rows: SparseRows, labels: [Bool], of training: [Int], penalty: Double, steps: Int = 1000) {
        coefficients = [Double](repeating: 0, count: rows.width + 1)
        // A row has length 1, with the intercept's one √2, and the logistic function a slope of at most ¼.
        let (smoothness, root) = (0.5 + penalty, (penalty / (0.5 + penalty)).squareRoot())
        let momentum = (1 - root) / (1 + root)
        var ahead = coefficients
        for _ in 0..<steps {
            var gradient = ahead.map { penalty * $0 }
            for row in training {
                let odds = rows.product(row, ahead) + ahead[rows.width]
                let residual = (1 / (1 + Double.exp(-odds)) - (labels[row] ? 1 : 0)) / Double(training.count)
                rows.add(row, times: residual, to: &gradient)
                gradient[rows.width] += residual
            }
            for index in ahead.indices {
                let next = ahead[index] - gradient[index] / smoothness
                (ahead[index], coefficients[index]) = (next + momentum * (next - coefficients[index]), next)
            }
            if gradient.allSatisfy({ abs($0) < 1e-6 }) { break }
        }
    }

    /// ln p/(1 − p) of a row.
    func logOdds(_ rows: SparseRows, _ row: Int) -> Double {
        rows.product(row, coefficients) + coefficients[rows.width]
    }
}
