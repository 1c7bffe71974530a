public import Mechanisms
public import Models

/// Everything that determines a training, apart from the records and the random stream.
public struct Recipe: Codable, Sendable, Equatable {
    /// What is trained.
    public var architecture: Architecture
    /// The number of passes over the records; with Poisson batches, the expected number.
    public var epochs: Int
    /// The (expected) number of records in a batch.
    public var batchSize: Int
    /// The rule of the steps.
    public var optimiser: Optimiser
    /// How the rate changes.
    public var schedule: Schedule
    /// The largest norm of the mean gradient in training without privacy; `nil` for no limit.
    public var gradientNorm: Float?
    /// Differential privacy of the phases that touch data; `nil` for none.
    public var privacy: GradientPrivacy?

    /// Creates a recipe.
    public init(
        _ architecture: Architecture, epochs: Int, batchSize: Int, optimiser: Optimiser, schedule: Schedule = .constant,
        gradientNorm: Float? = nil, privacy: GradientPrivacy? = nil
    ) {
        self.architecture = architecture
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimiser = optimiser
        self.schedule = schedule
        self.gradientNorm = gradientNorm
        self.privacy = privacy
    }

    /// Batches per pass over `count` records: they are cut as evenly as can be, so none is a small remainder.
    public func stepsPerEpoch(_ count: Int) -> Int { max(1, (count + batchSize / 2) / batchSize) }

    /// The number of steps on `count` records.
    public func steps(_ count: Int) -> Int { epochs * stepsPerEpoch(count) }

    /// The probability with which a record enters a Poisson batch.
    public func samplingRate(_ count: Int) -> Double { min(1, Double(batchSize) / Double(max(count, 1))) }
}
