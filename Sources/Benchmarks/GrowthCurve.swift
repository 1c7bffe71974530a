import Models
import Training

/// How one job's cost grows while one of its sizes doubles.
package struct GrowthCurve: Sendable {
    /// A job of one size.
    package struct Point: Sendable {
        /// The size.
        package var size: Double
        /// The items of the unit of work whose time is told.
        package var items: Double
        /// The work.
        package var benchmark: any Benchmark
    }

    /// What grows.
    package var name: String
    /// What is timed, and what stays the same.
    package var work: String
    /// The jobs, the smallest first.
    package var points: [Point]

    /// All curves.
    package static let all = [shadows, candidates, parameters, sequenceLength]

    private static let shadows = GrowthCurve(
        name: "shadows", work: "a pool and LiRA, 10,000 candidates, 20 epochs",
        points: [4, 8, 16, 32, 64].map { count in
            let job = ShadowLiRA(name: "growth-shadows-\(count)", shadows: count)
            return Point(size: Double(count), items: job.items, benchmark: job)
        })

    private static let candidates = GrowthCurve(
        name: "candidates", work: "a pool of 8 and LiRA, 10 epochs",
        points: [2500, 5000, 10_000, 20_000, 40_000].map { count in
            let job = ShadowLiRA(name: "growth-candidates-\(count)", shadows: 8, candidates: count, epochs: 10)
            return Point(size: Double(count), items: job.items, benchmark: job)
        })

    private static let parameters = GrowthCurve(
        name: "parameters", work: "a training step of a classifier 784-w-w-10, batch 128",
        points: [128, 256, 512, 1024, 2048].map { width in
            let arithmetic = Arithmetic.perceptron([784, width, width, 10])
            let job = TrainingBenchmark(
                name: "growth-parameters-\(width)", unit: "images",
                recipe: Recipe(
                    .classifier(Classifier(inputs: 784, hidden: [width, width], classes: 10)), epochs: 1,
                    batchSize: 128, optimiser: .adam(rate: 1e-3)),
                plan: StepPlan(warmup: 5, steps: 15), arithmetic: arithmetic, program: .none,
                records: BenchmarkData.images)
            return Point(size: arithmetic.parameters, items: 128, benchmark: job)
        })

    private static let sequenceLength = GrowthCurve(
        name: "sequence length", work: "a training step of a transformer of 4 layers of width 128, batch 8",
        points: [64, 128, 256, 512, 1024].map { length in
            let size = TransformerSize(name: "growth", layers: 4, width: 128, context: length, batch: 8)
            let job = TrainingBenchmark.transformer(
                size, name: "growth-length-\(length)", plan: StepPlan(warmup: 2, steps: 4), ways: [])
            return Point(size: Double(length), items: Double(8 * length), benchmark: job)
        })
}

/// What a growth curve came to.
package struct GrowthResult: Sendable, Equatable {
    /// What grew.
    package var name: String
    /// What was timed.
    package var work: String
    /// The sizes.
    package var sizes: [Double]
    /// Seconds of the work, the median of the runs.
    package var seconds: [Double]
    /// Megabytes that the work took above what was loaded before it, the median of the runs; `nil` without /proc.
    package var megabytes: [Double]?

    /// Creates a result.
    package init(name: String, work: String, sizes: [Double], seconds: [Double], megabytes: [Double]?) {
        (self.name, self.work, self.sizes) = (name, work, sizes)
        (self.seconds, self.megabytes) = (seconds, megabytes)
    }

    /// How time grows.
    package var time: PowerLaw { PowerLaw(x: sizes, y: seconds) }
    /// How memory grows.
    package var memory: PowerLaw? { megabytes.map { PowerLaw(x: sizes, y: $0) } }
}
