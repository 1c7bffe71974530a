public import Models

/// How a model came about, as far as an audit's adversaries may watch.
package struct TrainingHistory: Sendable {
    /// The model before the first step, at some steps between, and after the last.
    let checkpoints: [Model]
    /// What all steps together released along directions that were fixed before the training.
    let alignments: [Double]

    /// Creates a history.
    ///
    /// - Parameters:
    ///   - checkpoints: in the order of the training, the untrained model first and the trained one last.
    ///   - alignments: one sum over the steps per direction; empty when no direction was watched.
    package init(checkpoints: [Model], alignments: [Double] = []) {
        (self.checkpoints, self.alignments) = (checkpoints, alignments)
    }
}

/// The trained model and the one that the training began with, which who knows the recipe's seed can draw again.
public struct InitialAndFinal: Access {
    /// The model before the first step.
    public let initial: Model
    /// The trained model.
    public let final: Model
    private let meter: QueryMeter

    /// Opens the access; without a history the model is taken to be its own beginning.
    public init(to victim: Victim, meter: QueryMeter) {
        (initial, final, self.meter) = (victim.history?.checkpoints.first ?? victim.model, victim.model, meter)
    }

    /// Pays for passes that the attack computes itself, one per record and model.
    public func charge(_ passes: Int) throws(ThreatModelError) { try meter.charge(passes) }
}

/// Every checkpoint that the training kept.
public struct Checkpoints: Access {
    /// The models in the order of the training: the untrained one first, the trained one last.
    public let models: [Model]
    private let meter: QueryMeter

    /// Opens the access; without a history there is the trained model alone.
    public init(to victim: Victim, meter: QueryMeter) {
        (models, self.meter) = (victim.history?.checkpoints ?? [victim.model], meter)
    }

    /// Pays for passes that the attack computes itself, one per record and model.
    public func charge(_ passes: Int) throws(ThreatModelError) { try meter.charge(passes) }
}

/// What each private step releases, read along directions that the adversary fixed before the training.
public struct ReleasedSteps: Access {
    private let sums: [Double]
    private let meter: QueryMeter

    /// Opens the access; without a history no direction was watched.
    public init(to victim: Victim, meter: QueryMeter) { (sums, self.meter) = (victim.history?.alignments ?? [], meter) }

    /// Returns the sum over all steps of what was released along each direction; one query per direction.
    ///
    /// - Throws: ``ThreatModelError`` when the budget is exhausted.
    public func alignments() throws(ThreatModelError) -> [Double] {
        try meter.charge(sums.count)
        return sums
    }
}
