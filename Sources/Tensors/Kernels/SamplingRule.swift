/// How the next token is chosen from logits.
///
/// Logits are divided by the temperature; of the tokens that `topK` leaves, the smallest set of the likeliest whose
/// probabilities reach `topP` remains, and is drawn from in proportion. Of equally likely tokens at an edge, those with
/// the smaller numbers stay.
///
/// - Source: Fan et al. 2018 (top-k); Holtzman et al. 2020 (top-p, the nucleus).
public struct SamplingRule: Codable, Sendable, Equatable {
    /// What logits are divided by, above zero.
    public var temperature: Float
    /// How many of the likeliest tokens are kept; `nil` for all.
    public var topK: Int?
    /// The probability that the kept tokens must reach, above 0 and at most 1.
    public var topP: Double

    /// Creates a rule; the defaults draw from the whole distribution.
    public init(temperature: Float = 1, topK: Int? = nil, topP: Double = 1) {
        precondition(temperature > 0 && (topK ?? 1) > 0 && topP > 0 && topP <= 1, "sampling rule out of range")
        (self.temperature, self.topK, self.topP) = (temperature, topK, topP)
    }

    /// The likeliest token.
    public static let greedy = SamplingRule(topK: 1)

    /// Whether the choice needs no draw.
    public var isGreedy: Bool { topK == 1 }

    /// Returns a token per row, at the place of the row's draw in the cumulated distribution.
    ///
    /// - Shapes: logits [rows, vocabulary], draws [rows], uniform in [0, 1).
    /// - Complexity: O(count) on average: the edges are found by selection, not by sorting.
    public func choose(_ logits: Tensor, draws: [Double]) -> [Int32] {
        if isGreedy { return logits.rowArgmax() }
        precondition(draws.count == logits.rows, "\(draws.count) draws for \(logits.shape)")
        let weights = weights(logits)
        return (0..<logits.rows).map { row in
            unsafe token(weights.pointer + row * logits.columns, logits.columns, draws[row])
        }
    }

    /// Returns the distribution that is drawn from, zero for tokens that are left out.
    ///
    /// - Shapes: logits [rows, vocabulary] → the same.
    public func probabilities(_ logits: Tensor) -> Tensor {
        var weights = weights(logits)
        weights.scaleRows(by: weights.rowSums().values.map { 1 / $0 })
        return weights
    }

    /// Returns e^((x − max)/temperature) of the tokens that are kept, else 0.
    private func weights(_ logits: Tensor) -> Tensor {
        let (result, width) = (Tensor(uninitialised: logits.shape), logits.columns)
        inPieces(of: logits.rows, grain: max(1, 16_384 / max(width, 1))) { piece in
            unsafe Scratch.with(width) { scratch in
                for row in piece {
                    let weights = unsafe result.storage.base + row * width
                    unsafe exponentials(logits.pointer + row * width, weights, width)
                    if let topK, topK < width {
                        unsafe restrict(weights, width, to: Double(topK), scratch) { _ in 1 }
                    }
                    if topP < 1 {
                        let total = unsafe Double(sum(weights, width) { $0 })
                        unsafe restrict(weights, width, to: topP * total, scratch) { Double($0) }
                    }
                }
            }
        }
        return result
    }

    private func exponentials(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
        let (largest, scale) = unsafe (maximum(x, count), 1 / temperature)
        forEachVector(count) { i in
            unsafe store(exp((load(x + i) - largest) * scale), y + i)
        } tail: { i, lanes in
            unsafe store(exp((load(x + i, first: lanes, filler: largest) - largest) * scale), y + i, first: lanes)
        }
    }

    private func token(_ weights: UnsafePointer<Float>, _ count: Int, _ draw: Double) -> Int32 {
        var remaining = draw * (0..<count).reduce(0) { unsafe $0 + Double(weights[$1]) }
        var last = 0
        for token in 0..<count where unsafe weights[token] > 0 {
            remaining -= unsafe Double(weights[token])
            if remaining < 0 { return Int32(token) }
            last = token
        }
        // Rounding may leave a little at the end.
        return Int32(last)
    }
}

/// Sets to zero all but the largest numbers whose measures reach a target.
private func restrict(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, to target: Double, _ scratch: UnsafeMutablePointer<Float>,
    measure: (Float) -> Double
) {
    unsafe scratch.update(from: x, count: count)
    guard let kept = unsafe smallestKept(scratch, count, reaching: target, measure) else { return }
    var ties = kept.ties
    for i in 0..<count {
        let value = unsafe x[i]
        if value == kept.value, ties > 0 {
            ties -= 1
        } else if value <= kept.value {
            unsafe x[i] = 0
        }
    }
}

/// The smallest of the largest numbers whose measures reach a target, and how many equal ones are among them.
///
/// `nil` when all together do not reach it. Reorders the numbers.
///
/// - Complexity: O(count) on average, by selection (Hoare 1961).
private func smallestKept(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, reaching target: Double, _ measure: (Float) -> Double
) -> (value: Float, ties: Int)? {
    var (low, high, remaining) = (0, count, target)
    while low < high {
        let pivot = unsafe median(x[low], x[(low + high) / 2], x[high - 1])
        // Larger than the pivot before `larger`, equal before `place`, smaller from `smaller` on.
        var (larger, place, smaller, mass) = (low, low, high, 0.0)
        while place < smaller {
            let value = unsafe x[place]
            if value > pivot {
                mass += measure(value)
                unsafe swapAt(x, larger, place)
                larger += 1
                place += 1
            } else if value == pivot {
                place += 1
            } else {
                smaller -= 1
                unsafe swapAt(x, place, smaller)
            }
        }
        // Only where something is not a number does nothing equal the pivot.
        guard smaller > larger else { return nil }
        let each = measure(pivot)
        if mass >= remaining {
            high = larger
        } else if mass + each * Double(smaller - larger) >= remaining {
            return (pivot, Int(((remaining - mass) / each).rounded(.up)))
        } else {
            remaining -= mass + each * Double(smaller - larger)
            low = smaller
        }
    }
    return nil
}

private func median(_ a: Float, _ b: Float, _ c: Float) -> Float { max(min(a, b), min(max(a, b), c)) }

private func swapAt(_ x: UnsafeMutablePointer<Float>, _ i: Int, _ j: Int) {
    let value = unsafe x[i]
    unsafe x[i] = x[j]
    unsafe x[j] = value
}
