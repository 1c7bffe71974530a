extension Tensor {
    /// Returns, of each row of logits, the label's log-probability, and the mean and the variance of the
    /// log-probabilities under the row's own distribution, in nats.
    ///
    /// With p the softmax of a row: ln p_label, µ = Σ p·ln p (minus the entropy) and σ² = Σ p·(ln p − µ)².
    ///
    /// - Shapes: self (logits) [rows, classes], labels [rows] → [rows] each.
    /// - Complexity: O(count), three passes over each row; nothing of the size of the logits is stored.
    /// - Source: Zhang et al. 2024 (Min-K%++) for µ and σ.
    public func labelScores(_ labels: [Int32]) -> (logProbability: Tensor, mean: Tensor, variance: Tensor) {
        precondition(labels.count == rows, "labelScores: \(labels.count) labels for \(shape)")
        precondition(
            labels.allSatisfy { $0 >= 0 && $0 < columns }, "labelScores: a label outside of \(columns) classes")
        let result = (Tensor(uninitialised: [rows]), Tensor(uninitialised: [rows]), Tensor(uninitialised: [rows]))
        inPieces(of: rows, grain: max(1, 16_384 / max(columns, 1))) { piece in
            for row in piece {
                let scores = unsafe RowScores(pointer + row * columns, columns)
                unsafe result.0.storage.base[row] = scores.logProbability(pointer[row * columns + Int(labels[row])])
                unsafe result.1.storage.base[row] = scores.mean
                unsafe result.2.storage.base[row] = scores.variance
            }
        }
        return result
    }
}

/// What one row of logits says of its own log-probabilities.
private struct RowScores {
    /// The largest logit.
    let largest: Float
    /// ln Σ e^(x − largest).
    let normaliser: Float
    let mean: Float
    let variance: Float

    /// Keeps the relative precision of small scores, since attacks read those of well-learnt tokens: the largest logits
    /// are counted apart from the small rest, and the variance is taken about the mean, in a pass of its own.
    init(_ x: UnsafePointer<Float>, _ count: Int) {
        let largest = unsafe maximum(x, count)
        let (zero, one) = (Vector(repeating: 0), Vector(repeating: 1))
        var (ties, rest, first) = (zero, zero, zero)
        unsafe forEachWeight(x, count, largest) { weight, y in
            ties += zero.replacing(with: one, where: y .== zero)
            rest += weight.replacing(with: zero, where: y .== zero)
            first = fma(weight, y, first)
        }
        let (tieSum, restSum) = (laneSum(ties), laneSum(rest))
        let sum = tieSum + restSum
        let centre = laneSum(first) / sum
        var second = zero
        unsafe forEachWeight(x, count, largest) { weight, y in
            let deviation = y - centre
            second = fma(weight * deviation, deviation, second)
        }
        self.largest = largest
        // First order in what rounding took from the rest.
        normaliser = scalarLog(sum) + (restSum - (sum - tieSum)) / sum
        (mean, variance) = (centre - normaliser, laneSum(second) / sum)
    }

    func logProbability(_ logit: Float) -> Float { logit - largest - normaliser }
}

/// Calls `body` with e^y and y = x − largest for each vector of a row.
///
/// y ends at −87, as `exp` does: what lies below has no weight, and must not be squared. Lanes beyond the row lie there.
@inline(__always)
private func forEachWeight(
    _ x: UnsafePointer<Float>, _ count: Int, _ largest: Float, _ body: (_ weight: Vector, _ y: Vector) -> Void
) {
    let lowest = Vector(repeating: -87)
    forEachVector(count) { i in
        let y = unsafe load(x + i) - largest
        let bounded = y.replacing(with: lowest, where: y .< lowest)
        body(exp(bounded), bounded)
    } tail: { i, lanes in
        let y = unsafe load(x + i, first: lanes, filler: largest - 87) - largest
        let bounded = y.replacing(with: lowest, where: y .< lowest)
        body(exp(bounded), bounded)
    }
}
