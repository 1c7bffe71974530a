public import Mechanisms
public import Models

/// Everything that determines a training, apart from the records and the random stream.
public struct Recipe: Codable, Sendable, Equatable {
    /// What is trained.
    public var architecture: Architecture
    /// The number of passes over the records; with Poisson batches, the expected number.
    ///
    /// A fixed number of ``steps`` overrides it.
    public var epochs: Int
    /// The (expected) number of records in a batch; of privacy units, where records have any.
    public var batchSize: Int
    /// The rule of the steps.
    public var optimiser: Optimiser
    /// How the rate changes.
    public var schedule: Schedule
    /// The largest norm of the mean gradient in training without privacy; `nil` for no limit.
    public var gradientNorm: Float?
    /// Differential privacy of the phases that touch data; `nil` for none.
    public var privacy: GradientPrivacy?
    /// Clipping of each privacy unit's gradient without noise, which guarantees nothing; `nil` for none.
    ///
    /// Batches are drawn as in a private training, so that the two differ in their noise alone.
    public var clippingWithoutPrivacy: Clipping?
    /// The most records of a privacy unit that enter a step, chosen anew each time; `nil` for all of them.
    public var unitCap: Int?
    /// The bytes that a physical batch may take where gradients are clipped; `nil` for the usual number of rows.
    ///
    /// A larger logical batch is split, never truncated.
    public var memoryBudget: Int?
    /// The number of steps, whatever the number of records, in as many passes as that takes; `nil` to count passes.
    public var steps: Int?
    /// The rules of phases that do not follow ``optimiser``, by `Phase.name`, such as "generator"; `nil` for none.
    public var optimisers: [String: Optimiser]?

    /// Creates a recipe.
    public init(
        _ architecture: Architecture, epochs: Int, batchSize: Int, optimiser: Optimiser, schedule: Schedule = .constant,
        gradientNorm: Float? = nil, privacy: GradientPrivacy? = nil, steps: Int? = nil,
        optimisers: [String: Optimiser]? = nil
    ) {
        self.architecture = architecture
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimiser = optimiser
        self.schedule = schedule
        self.gradientNorm = gradientNorm
        self.privacy = privacy
        self.steps = steps
        self.optimisers = optimisers
    }

    /// Batches per pass over `count` records: they are cut as evenly as can be, so none is a small remainder.
    public func stepsPerEpoch(_ count: Int) -> Int { max(1, (count + batchSize / 2) / batchSize) }

    /// The number of steps on `count` records.
    public func steps(_ count: Int) -> Int { steps ?? epochs * stepsPerEpoch(count) }

    /// The rule of the steps of a phase.
    public func optimiser(of phase: Phase) -> Optimiser { optimisers?[phase.name] ?? optimiser }

    /// The probability with which a record enters a Poisson batch.
    public func samplingRate(_ count: Int) -> Double { min(1, Double(batchSize) / Double(max(count, 1))) }
}
