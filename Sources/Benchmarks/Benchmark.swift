package import Datasets
import Statistics
import Tensors

/// One piece of work whose speed is compared with a peer's.
///
/// The program that measures the peer does the same work: the same data, batch, optimiser and number of steps.
package protocol Benchmark: Sendable {
    /// Its name on the command line.
    var name: String { get }
    /// What is counted, in the plural: images, tokens.
    var unit: String { get }
    /// The floating-point operations that an item needs at least, by the formulas of ``Arithmetic``.
    var flopsPerItem: Double { get }
    /// The bytes of parameters, optimiser state and activations of a batch: what a training cannot do without.
    var expectedBytes: Double { get }
    /// The peer's programs for this work, the usually fastest first.
    var peers: [PeerVariant] { get }

    /// Loads and lays out what is not part of the work, and returns the work.
    func prepare(_ setting: BenchmarkSetting) throws -> @Sendable () async throws -> BenchmarkRun
}

/// How a benchmark is run.
package struct BenchmarkSetting: Sendable {
    /// The threads that the work may use.
    package var threads: Int
    /// The seed of initial parameters and batches.
    package var seed: UInt64
    /// Whether a few steps on the committed data will do: to see that a case works, not how fast.
    package var isBrief: Bool
    /// Where the data are.
    package var registry: DatasetRegistry

    /// Creates a setting.
    package init(threads: Int, seed: UInt64, isBrief: Bool = false, registry: DatasetRegistry) {
        (self.threads, self.seed, self.isBrief, self.registry) = (threads, seed, isBrief, registry)
    }

    /// The stream of all randomness.
    var random: RandomStream { RandomStream(seed: seed)["benchmark"] }
}

/// How many steps are taken: some to warm up, then windows that are timed.
package struct StepPlan: Sendable, Equatable {
    /// Untimed steps, the first one included.
    package var warmup: Int
    /// The steps of a window.
    package var steps: Int
    /// The number of windows.
    package var windows: Int

    /// Creates a plan.
    package init(warmup: Int, steps: Int, windows: Int = 3) {
        (self.warmup, self.steps, self.windows) = (warmup, steps, windows)
    }

    /// The plan that shows that a case works.
    static let brief = StepPlan(warmup: 1, steps: 1, windows: 2)

    /// All steps, timed or not.
    package var total: Int { warmup + steps * windows }

    /// The plan as arguments of a peer's program.
    var arguments: [String] {
        ["--warmup", "\(warmup)", "--steps", "\(steps)", "--repeats", "\(windows)"]
    }
}

/// A stretch of work that was timed.
package struct Window: Sendable, Equatable {
    /// Wall time.
    package var seconds: Double
    /// Items done: with Poisson batches those that were really drawn.
    package var items: Double

    /// Creates a window.
    package init(seconds: Double, items: Double) { (self.seconds, self.items) = (seconds, items) }
}

/// What a run of a benchmark gave.
package struct BenchmarkRun: Sendable, Equatable {
    /// The timed windows.
    package var windows: [Window]
    /// The loss at the beginning, where there is one.
    package var lossFirst: Double?
    /// The mean loss over the last tenth of all steps, where there is one: the level that the peer must reach, too.
    package var lossLast: Double?

    /// Creates a measurement.
    package init(windows: [Window], lossFirst: Double? = nil, lossLast: Double? = nil) {
        (self.windows, self.lossFirst, self.lossLast) = (windows, lossFirst, lossLast)
    }

    /// The median of the windows' rates.
    package var itemsPerSecond: Double { median(windows.map { $0.items / $0.seconds }) }
}
