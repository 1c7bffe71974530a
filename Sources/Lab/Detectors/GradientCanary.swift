import Accounting
import Autograd
public import Tensors

/// Proves a lower bound on epsilon with a gradient of the adversary's, and compares it with what the claim gives.
///
/// The canary is one record's gradient of norm C along the coordinate that the others use least, so that they do not hide
/// it. Its score is the inner product of what is released with it, 1 for a canary and 0 without, plus noise. Three audits
/// share the error probability:
///
/// - steps: the canary is in a random half of them, in the batch with certainty; the claim is one Gaussian, exactly;
/// - differences of two successive steps, of which one has the canary: noise that both share cancels; the claim is two
///   Gaussians, exactly;
/// - runs of several steps, a random half of which have the canary's record, on a worst-case data set where no other record
///   has a gradient: it enters batches as the mechanism's own sampler says; the claim is the composition of sampled
///   Gaussians, an upper bound.
///
/// A mechanism without noise is separated perfectly, and yet n trials prove a finite epsilon only.
///
/// - Source: Nasr et al. 2021 and 2023, <https://arxiv.org/abs/2302.07956>.
public struct GradientCanary: Sendable {
    /// How many pairs of successive steps, at least 4.
    public var pairs = 300
    /// How many runs, at least 4; 0 for none.
    public var runs = 400
    /// The steps of a run.
    public var runSteps = 30
    /// The δ of every ε: the claim gives one for each, and where it is large they are the easiest to disprove.
    public var delta = 0.01

    /// Creates the audit.
    public init() {}

    /// Audits a mechanism.
    ///
    /// - Parameters:
    ///   - step: the mechanism.
    ///   - gradients: the gradients of its records, among which the canary hides.
    ///   - random: a stream of its own.
    ///   - level: the least probability with which a true claim is accepted, in (0, 1).
    ///   - progress: called with the share done, in [0, 1].
    /// - Returns: caught when a lower bound exceeds the claimed epsilon.
    /// - Throws: `AccountingError` for a delta outside (0, 1).
    public func verdict(
        on step: any PrivateStep, _ gradients: RecordGradients, random: RandomStream, level: Double,
        progress: (Double) -> Void = { _ in }
    ) throws -> Verdict {
        let share = runs > 0 ? 0.5 : 1
        let steps = stepScores(step, gradients, random["steps"]) { progress(share * $0) }
        let outcomes = runs > 0 ? runScores(step, random["runs"]) { progress(share + (1 - share) * $0) } : []
        // Two bounds of each of the first two audits and one of the third share the error probability.
        let confidence = 1 - (1 - level) / 5
        let checks =
            try gaussianChecks("one step", steps.single, step.claim, steps: 1, confidence)
            + gaussianChecks("the difference of two steps", steps.differences, step.claim, steps: 2, confidence)
            + (outcomes.isEmpty ? [] : [try runCheck(outcomes, step.claim, confidence)])
        return verdict(checks, level)
    }

    private func verdict(_ checks: [Check], _ level: Double) -> Verdict {
        func excess(_ check: Check) -> Double { check.statistic / max(check.limit ?? 0, 1e-9) }
        let worst = checks.max { excess($0) < excess($1) } ?? Check("nothing", statistic: 0)
        let limit = worst.limit ?? 0
        let isCaught = worst.statistic > limit
        return Verdict(
            detector: .gradientCanary, isCaught: isCaught, level: level, worst: worst, pValue: nil,
            words: "\(worst.name): epsilon is at least \(worst.statistic.short), "
                + "the claim gives \(limit.short) (delta \(delta.short))", checks: checks)
    }

    private func gaussianChecks(
        _ name: String, _ trials: [Trial], _ claim: MechanismClaim, steps: Int, _ confidence: Double
    ) throws -> [Check] {
        let counts = Trial.counts(trials)
        let claimed = try GaussianDP(noiseMultiplier: claim.noiseMultiplier, steps: steps).epsilon(delta: delta)
        let fit = try counts.map { try gaussianEpsilon($0, delta: delta, confidence: confidence) }
        let bound = try counts.map { try clopperPearsonEpsilon($0, delta: delta, confidence: confidence) }
        return [
            Check("\(name), Gaussian fit", statistic: fit ?? 0, limit: claimed),
            Check("\(name), Clopper-Pearson", statistic: bound ?? 0, limit: claimed),
        ]
    }

    private func runCheck(_ trials: [Trial], _ claim: MechanismClaim, _ confidence: Double) throws -> Check {
        let claimed = try RenyiAccountant(claim.event(steps: runSteps)).epsilon(delta: delta).epsilon
        let bound = try Trial.counts(trials).map {
            try clopperPearsonEpsilon($0, delta: delta, confidence: confidence)
        }
        return Check("a run of \(runSteps) steps, Clopper-Pearson", statistic: bound ?? 0, limit: claimed)
    }
}

/// A score, and whether the canary was there.
private struct Trial {
    var score: Double
    var isIn: Bool

    /// What a threshold says of the second half of the trials; it is the middle of the means of the first half.
    ///
    /// Few trials may happen to be all alike, and then prove nothing: `nil`.
    static func counts(_ trials: [Trial]) -> BinaryCounts? {
        let half = trials.count / 2
        let threshold = (mean(trials[..<half], isIn: true) + mean(trials[..<half], isIn: false)) / 2
        let test = trials[half...]
        guard test.contains(where: \.isIn), !test.allSatisfy(\.isIn) else { return nil }
        return BinaryCounts(
            truePositives: test.count { $0.isIn && $0.score > threshold }, positives: test.count(where: \.isIn),
            falsePositives: test.count { !$0.isIn && $0.score > threshold }, negatives: test.count { !$0.isIn })
    }

    private static func mean(_ trials: ArraySlice<Trial>, isIn: Bool) -> Double {
        let scores = trials.filter { $0.isIn == isIn }.map(\.score)
        return scores.reduce(0, +) / Double(max(scores.count, 1))
    }
}

extension GradientCanary {
    /// Pairs of successive steps, one of each with the canary: a fair coin says which.
    private func stepScores(
        _ step: any PrivateStep, _ gradients: RecordGradients, _ random: RandomStream, _ progress: (Double) -> Void
    ) -> (single: [Trial], differences: [Trial]) {
        let claim = step.claim
        let first = gradients(step.batch(step: 0, random: random)).rows()
        let coordinate = leastUsed(first, width: gradients.width)
        let coins = random["coins"].coinFlips(pairs)
        var (single, differences) = ([Trial](), [Trial]())
        for pair in 0..<pairs {
            let scores = (0..<2).map { place -> Double in
                let number = 2 * pair + place
                let real = gradients(step.batch(step: number, random: random)).rows()
                let isIn = (place == 1) == coins[pair]
                let batch = real.with(canaries: isIn ? 1 : 0, coordinate, claim.clippingNorm, width: gradients.width)
                return score(step, batch, coordinate, step: number, random)
            }
            single.append(Trial(score: scores[0], isIn: !coins[pair]))
            single.append(Trial(score: scores[1], isIn: coins[pair]))
            differences.append(Trial(score: scores[1] - scores[0], isIn: coins[pair]))
            progress(Double(pair + 1) / Double(pairs))
        }
        return (single, differences)
    }

    /// Sums of the scores of runs: the canary is record 0, and no other record has a gradient.
    private func runScores(_ step: any PrivateStep, _ random: RandomStream, _ progress: (Double) -> Void) -> [Trial] {
        let (claim, width) = (step.claim, 16)
        let coins = random["coins"].coinFlips(runs)
        return (0..<runs).map { run in
            let stream = random["run"][run]
            let sum = (0..<runSteps).reduce(0.0) { sum, number in
                let batch = step.batch(step: number, random: stream)
                let others = Tensor.zeros([batch.count { $0 != 0 }, width])
                let canaries = coins[run] && batch.contains(0) ? 1 : 0
                let rows = others.with(canaries: canaries, 0, claim.clippingNorm, width: width)
                return sum + score(step, rows, 0, step: number, stream)
            }
            progress(Double(run + 1) / Double(runs))
            return Trial(score: sum, isIn: coins[run])
        }
    }

    /// ⟨released, canary⟩ in units in which a canary alone has 1.
    private func score(
        _ step: any PrivateStep, _ rows: Tensor, _ coordinate: Int, step number: Int, _ random: RandomStream
    ) -> Double {
        let released = step.release(craftedGradients(rows), step: number, random: random).flat
        return Double(released[coordinate]) * Double(step.claim.batch) / step.claim.clippingNorm
    }

    /// The coordinate in which some gradients have the least energy.
    private func leastUsed(_ rows: Tensor, width: Int) -> Int {
        var energy = [Double](repeating: 0, count: width)
        for index in 0..<rows.rows {
            for (place, value) in rows.row(index).enumerated() { energy[place] += Double(value) * Double(value) }
        }
        return energy.indices.min { energy[$0] < energy[$1] } ?? 0
    }
}

extension Tensor {
    /// These rows, and canaries of a norm along one coordinate behind them.
    fileprivate func with(canaries: Int, _ coordinate: Int, _ norm: Double, width: Int) -> Tensor {
        let others = rows == 0 ? Tensor.zeros([0, width]) : self
        guard canaries > 0 else { return others }
        var canary = Tensor.zeros([1, width])
        canary[coordinate] = Float(norm)
        return .concatenatedRows([others] + [Tensor](repeating: canary, count: canaries))
    }
}
