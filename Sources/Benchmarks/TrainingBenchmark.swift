import Datasets
import Foundation
package import Models
import Tensors
package import Training

/// Steps of a training by its recipe, drawing and gathering of batches included.
package struct TrainingBenchmark: Benchmark {
    /// Its name on the command line.
    package var name: String
    /// What is counted.
    package var unit: String
    /// What is trained; the number of epochs follows from the plan.
    package var recipe: Recipe
    /// The steps.
    package var plan: StepPlan
    /// Items per record: the tokens of a window, or one.
    package var itemsPerRecord = 1
    /// The work per item.
    package var arithmetic: Arithmetic
    /// How the loss is divided for a comparison: by the pixels that it is summed over; `nil` when losses do not compare.
    package var lossDivisor: Double? = 1
    /// The program of the peer.
    package var program: PeerProgram
    /// Returns so many records.
    package var records: @Sendable (Int, BenchmarkSetting) throws -> Records

    /// Operations per item.
    package var flopsPerItem: Double { arithmetic.training }
    /// With Adam two moments per parameter, with SGD none; a private training keeps the gradient of each activation
    /// beside it until all norms are known (book-keeping), and the sum that noise goes to.
    package var expectedBytes: Double {
        let moments: Double = if case .adam = recipe.optimiser { 2 } else { 0 }
        let batch = Double(recipe.batchSize * itemsPerRecord)
        return recipe.privacy == nil
            ? arithmetic.bytes(batch: batch, moments: moments)
            : arithmetic.bytes(batch: 2 * batch, moments: moments + 1)
    }
    /// The peer's programs with this plan.
    package var peers: [PeerVariant] { program.variants(adding: plan.arguments) }

    /// Draws the records of all steps; the work is one pass over them.
    package func prepare(_ setting: BenchmarkSetting) throws -> @Sendable () async throws -> BenchmarkRun {
        var (plan, recipe) = (plan, recipe)
        if setting.isBrief { plan = .brief }
        recipe.epochs = 1
        let records = try records(plan.total * recipe.batchSize, setting)
        return { [self, plan, recipe] in try measure(recipe, plan, records, setting.random) }
    }

    private func measure(_ recipe: Recipe, _ plan: StepPlan, _ records: Records, _ random: RandomStream) throws
        -> BenchmarkRun
    {
        let total = recipe.steps(records.count)
        let watch = Stopwatch()
        let trained = try recipe.train(
            on: records, random: random,
            observer: TrainingObserver(progress: { watch.reached(Int(($0 * Double(total)).rounded())) }))
        let windows = watch.windows(plan) { steps in
            steps.reduce(0) { $0 + recipe.batch(step: $1, count: records.count, random).count } * itemsPerRecord
        }
        guard let lossDivisor, let curve = trained.curves.values.first?.losses, !curve.isEmpty else {
            return BenchmarkRun(windows: windows)
        }
        let tail = curve.suffix(max(1, curve.count / 10))
        return BenchmarkRun(
            windows: windows, lossFirst: curve[0] / lossDivisor,
            lossLast: tail.reduce(0, +) / Double(tail.count) / lossDivisor)
    }
}
