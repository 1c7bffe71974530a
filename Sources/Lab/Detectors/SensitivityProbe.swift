import Autograd
import Foundation
public import Tensors

/// Asks a mechanism for two batches that differ in one record, under the same noise, and measures how far the release moves.
///
/// The noise cancels, so nothing is left to chance: one pair that moves the sum by more than C disproves the claim. A pass
/// says that none of these pairs does, among them the worst that we know for mechanisms that clip something else than
/// records.
public struct SensitivityProbe: Sendable {
    /// By how much of C rounding may move the sum further.
    public var tolerance = 1e-3

    /// Creates the probe.
    public init() {}

    /// Probes a mechanism; of `gradients` it uses the records of the first steps.
    ///
    /// - Parameters:
    ///   - step: the mechanism.
    ///   - gradients: the gradients of its records.
    ///   - random: the stream of the training.
    ///   - level: what the verdict says of its level; the probe leaves nothing to chance.
    /// - Returns: caught when a pair moves the expected batch times the release by more than C(1 + tolerance), or to
    ///   something that is no number.
    public func verdict(
        on step: any PrivateStep, _ gradients: RecordGradients, random: RandomStream, level: Double
    ) -> Verdict {
        let claim = step.claim
        let checks = pairs(step, gradients, random).map { pair in
            let moved = distance(step, pair, random) * Double(claim.batch)
            return Check(pair.name, statistic: moved / claim.clippingNorm, limit: 1 + tolerance)
        }
        let worst = checks.max { size($0) < size($1) } ?? Check("nothing", statistic: 0)
        let isCaught = size(worst) > 1 + tolerance
        let factor = String(format: "%.4g", worst.statistic)
        return Verdict(
            detector: .sensitivityProbe, isCaught: isCaught, level: level, worst: worst, pValue: nil,
            words: "\(worst.name) moves the sum by \(factor) times the clipping norm", checks: checks)
    }

    /// What is no number is farthest.
    private func size(_ check: Check) -> Double { check.statistic.isNaN ? .infinity : check.statistic }

    private func distance(_ step: any PrivateStep, _ pair: Pair, _ random: RandomStream) -> Double {
        let with = step.release(craftedGradients(pair.with), step: pair.step, random: random).flat
        let without = step.release(craftedGradients(pair.without), step: pair.step, random: random).flat
        return zip(with, without).reduce(0) { sum, values in
            let difference = Double(values.0) - Double(values.1)
            return sum + difference * difference
        }.squareRoot()
    }
}

extension SensitivityProbe {
    /// Two batches of gradients, of which one has a record more.
    private struct Pair {
        var name: String
        var step: Int
        var with: Tensor
        var without: Tensor

        /// `others`, and one more gradient in front of them or behind them.
        init(_ name: String, _ others: Tensor, and extra: Tensor, inFront: Bool = false, step: Int) {
            (self.name, self.step, without) = (name, step, others)
            let extra = extra.reshaped([1, extra.count])
            with = .concatenatedRows(inFront ? [extra, others] : [others, extra])
        }
    }

    private func pairs(_ step: any PrivateStep, _ gradients: RecordGradients, _ random: RandomStream) -> [Pair] {
        let norm = Float(step.claim.clippingNorm)
        return (0..<2).flatMap { number -> [Pair] in
            let batch = step.batch(step: number, random: random)
            // Enough of them to show what a batch does; more would take time and show the same.
            let real = gradients(Array(batch.prefix(64))).rows().reshaped(width: gradients.width)
            return realPairs(real, number) + craftedPairs(real, norm, number, random["probe"][number])
        }
    }

    /// Each of some real records, and one of them twice.
    private func realPairs(_ real: Tensor, _ step: Int) -> [Pair] {
        guard real.rows > 1 else { return [] }
        let singles = (0..<min(real.rows, 8)).map { index in
            Pair(
                "removing record \(index) of batch \(step)",
                real.gatherRows((0..<real.rows).filter { $0 != index }), and: real.rows(index..<index + 1),
                inFront: index == 0, step: step)
        }
        let copies = real.gatherRows([Int](repeating: 0, count: real.rows))
        return singles + [Pair("a further copy of a record", copies, and: real.rows(0..<1), step: step)]
    }

    /// Gradients that an adversary would choose.
    private func craftedPairs(_ real: Tensor, _ norm: Float, _ step: Int, _ random: RandomStream) -> [Pair] {
        let width = real.columns
        var direction = random.normalTensor([1, width])
        direction.scale(by: 1 / Float(direction.squaredNorm().squareRoot()))
        let (one, huge) = (direction * norm, direction * (1000 * norm))
        let none = Tensor.zeros([0, width])
        let crowd = huge.gatherRows([Int](repeating: 0, count: max(real.rows, 2)))
        return [
            Pair("a huge gradient among the batch's", real, and: huge, step: step),
            Pair("a huge gradient in front of the batch's", real, and: huge, inFront: true, step: step),
            Pair("a gradient of norm C in an empty batch", none, and: one, step: step),
            Pair("a huge gradient in an empty batch", none, and: huge, step: step),
            Pair("a huge gradient against one of norm C", one, and: huge * -1, step: step),
            Pair("a huge gradient against many", crowd, and: huge * -1_000, step: step),
            Pair("a further copy of a huge gradient", crowd, and: huge, step: step),
            Pair("a gradient of zero", real, and: huge * 0, step: step),
            Pair(
                "a gradient that is infinite", real, and: Tensor(repeating: .infinity, shape: [1, width]), step: step),
            Pair("a gradient that is no number", real, and: Tensor(repeating: .nan, shape: [1, width]), step: step),
        ]
    }
}

extension Tensor {
    /// The same rows, of a width that a matrix without rows may not know.
    fileprivate func reshaped(width: Int) -> Tensor { rows == 0 ? .zeros([0, width]) : self }
}
