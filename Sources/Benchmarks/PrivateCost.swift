import Mechanisms
import Models
import Statistics
import Tensors
import Training

/// How much longer a step of DP-SGD takes than the same step without privacy.
///
/// The steps are those of trainings by one recipe with and without its privacy: what it takes to draw and gather a
/// Poisson batch, to find norms, to clip and to add noise is counted. Windows of both alternate in one process, so that
/// the machine's moods meet both.
package struct PrivateCost: Sendable, Equatable {
    /// The case whose recipe was taken.
    package var name: String
    /// Microseconds per record of a private step, the median of the windows.
    package var privateTime: Double
    /// Microseconds per record of a plain step, the median of the windows.
    package var plainTime: Double
    /// The least and the greatest ratio of a pair of neighbouring windows.
    package var range: ClosedRange<Double>

    /// Creates figures.
    package init(name: String, privateTime: Double, plainTime: Double, range: ClosedRange<Double>) {
        (self.name, self.privateTime, self.plainTime, self.range) = (name, privateTime, plainTime, range)
    }

    /// How many times as long the private step takes: the ratio of the medians.
    package var ratio: Double { privateTime / plainTime }

    /// A case, how it is measured, and the ratio that is asked for.
    package struct Case: Sendable {
        /// The training.
        package var benchmark: TrainingBenchmark
        /// The number of records from which batches are drawn.
        var records: Int
        /// Where the noise, and with secure noise the coins of the batches, come from.
        var noise = GradientPrivacy.Noise.seeded
        /// The same in a word.
        package var noiseName: String { noise.rawValue }
        /// The steps of a window.
        var steps: Int
        /// The greatest ratio that is wanted; `nil` where none is.
        package var target: Double?
    }

    /// The cases: a perceptron, convolutions, a transformer and an autoencoder; secure noise apart, where it weighs most.
    package static let cases = [
        Case(benchmark: .privateClassifier, records: 60_000, steps: 40, target: 1.4),
        Case(benchmark: .privateConvolutionalClassifier, records: 60_000, steps: 20, target: 1.4),
        Case(benchmark: .privateTransformer, records: 4096, steps: 1, target: 1.5),
        Case(benchmark: .privateAutoencoder, records: 60_000, steps: 20, target: nil),
        Case(benchmark: .privateClassifier, records: 60_000, noise: .secure, steps: 40, target: nil),
        Case(benchmark: .privateAutoencoder, records: 60_000, noise: .secure, steps: 20, target: nil),
    ]

    /// Measures a case, after a window of each kind that is not counted.
    ///
    /// - Parameters:
    ///   - subject: the case.
    ///   - pairs: the number of windows of each kind.
    ///   - setting: the seed, the data, and whether a step is enough.
    /// - Returns: the medians of the windows.
    /// - Throws: when the data are missing.
    package static func measure(_ subject: Case, pairs: Int, _ setting: BenchmarkSetting) throws -> PrivateCost {
        let benchmark = subject.benchmark
        let records = try benchmark.records(setting.isBrief ? 1024 : subject.records, setting)
        // Poisson batches differ in size: some steps go by until every size finds its memory.
        let plan =
            setting.isBrief
            ? StepPlan(warmup: 1, steps: 1, windows: 1)
            : StepPlan(warmup: (subject.steps + 1) / 2, steps: subject.steps, windows: 1)
        var plain = benchmark.recipe
        plain.privacy = nil
        var noisy = benchmark.recipe
        noisy.privacy?.noise = subject.noise
        var times: (plain: [Double], private: [Double]) = ([], [])
        for pair in 0...pairs {
            let random = setting.random["cost"][pair]
            let plainTime = try time(plain, plan, records, random)
            let privateTime = try time(noisy, plan, records, random)
            guard pair > 0 else { continue }
            times.plain.append(plainTime)
            times.private.append(privateTime)
        }
        let ratios = zip(times.private, times.plain).map { $0 / $1 }
        return PrivateCost(
            name: benchmark.name, privateTime: median(times.private), plainTime: median(times.plain),
            range: (ratios.min() ?? 0)...(ratios.max() ?? 0))
    }

    /// Microseconds per record of the steps of a plan's window.
    private static func time(_ recipe: Recipe, _ plan: StepPlan, _ records: Records, _ random: RandomStream) throws
        -> Double
    {
        var recipe = recipe
        recipe.steps = plan.total
        // The training tells of its progress at the ends of segments, of which there are some sixty.
        let watch = Stopwatch()
        _ = try recipe.train(
            on: records, random: random,
            observer: TrainingObserver(progress: { watch.reached(Int(($0 * Double(plan.total)).rounded())) }))
        let windows = watch.windows(plan) { steps in
            steps.reduce(0) { $0 + recipe.batch(step: $1, count: records.count, random).count }
        }
        return windows.reduce(0) { $0 + $1.seconds } / windows.reduce(0) { $0 + $1.items } * 1e6
    }
}
