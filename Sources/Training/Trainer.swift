public import Accounting
public import Autograd
public import Foundation
import Mechanisms
public import Models
public import Tensors

/// A trained model and how it came about.
public struct TrainedModel: Sendable {
    /// The model.
    public var model: Model
    /// The mean training loss per record over the course of training, by phase.
    public var curves: [String: LossCurve]
    /// The number of steps.
    public var steps: Int
    /// What its training released about its records, written down as it happened; empty without differential privacy.
    public var ledger: PrivacyLedger
    /// What an audit's canaries among its gradients read; `nil` without any.
    public var canaries: GradientCanaries?
}

/// What a training tells while it runs, and where it keeps its checkpoints.
public struct TrainingObserver: Sendable {
    /// Called now and then with the share that is done, in [0, 1].
    public var progress: @Sendable (Double) -> Void
    /// The checkpoint to go on from, if there is one.
    public var restore: @Sendable () throws -> Data?
    /// Keeps a checkpoint.
    public var save: @Sendable (Data) throws -> Void
    /// The least time between checkpoints.
    public var interval: Duration
    /// Called some sixty times in a training, at the same steps however it was interrupted, with the steps done, those
    /// to do and the parameters; after an interruption again with what it was called with since the last checkpoint.
    public var visit: @Sendable (_ step: Int, _ total: Int, _ parameters: Parameters) throws -> Void

    /// Creates an observer; by default it does nothing.
    public init(
        progress: @escaping @Sendable (Double) -> Void = { _ in },
        restore: @escaping @Sendable () throws -> Data? = { nil },
        save: @escaping @Sendable (Data) throws -> Void = { _ in }, interval: Duration = .seconds(1 << 40),
        visit: @escaping @Sendable (_ step: Int, _ total: Int, _ parameters: Parameters) throws -> Void = { _, _, _ in }
    ) {
        self.progress = progress
        self.restore = restore
        self.save = save
        self.interval = interval
        self.visit = visit
    }
}

extension Recipe {
    /// Trains on records.
    ///
    /// The loop knows no family: each step runs every phase of the network. A phase that touches data is private when
    /// the recipe says so; the others read only what the private ones released.
    /// - Parameters:
    ///   - records: what it is trained on.
    ///   - random: the stream of everything that is drawn.
    ///   - observer: what it tells, and to whom.
    ///   - initial: the parameters that it begins with; freshly drawn ones when absent.
    ///   - canaries: gradients that an audit adds to private steps; a training without privacy ignores them.
    /// - Returns: the trained model, and how it came about.
    /// - Throws: what the observer throws.
    public func train(
        on records: Records, random: RandomStream, observer: TrainingObserver = TrainingObserver(),
        initial: Parameters? = nil, canaries: GradientCanaries? = nil
    ) throws -> TrainedModel {
        let unknown = optimisers?.keys.first { name in !architecture.network.phases.contains { $0.name == name } }
        precondition(unknown == nil, "an optimiser of '\(unknown ?? "")', a phase that the network does not have")
        let isMixed = architecture.network.phases.contains { $0.touchesData && $0.mixesRecords }
        precondition(!clipsEachUnit || !isMixed, "batch norm mixes records, so it cannot be private; use group norm")
        precondition(privacy == nil || clippingWithoutPrivacy == nil, "a training with privacy and without it")
        let initial = initial ?? architecture.network.initialParameters(random["init"])
        var state =
            try observer.restore().map { try TrainingState(decoding: $0, initial: initial) }
            ?? TrainingState(parameters: initial)
        state.take(canaries)
        let records = architecture.network.prepared(records)
        let units =
            clipsEachUnit ? PrivacyUnits(of: records, mostRecords: physicalRecords(records, initial)) : nil
        let total = records.count > 0 ? steps(units?.count ?? records.count) : 0
        let segment = max(1, total / 60)
        var lastSave = ContinuousClock.now
        var order = BatchSampler.Order()
        while state.step < total {
            try runSegment(&state, upTo: min(total, state.step + segment), of: total, records, units, random, &order)
            observer.progress(Double(state.step) / Double(total))
            try observer.visit(state.step, total, state.parameters)
            if lastSave.duration(to: .now) > observer.interval, state.step < total {
                try observer.save(try state.encoded())
                lastSave = .now
            }
        }
        return TrainedModel(
            model: Model(architecture, state.parameters), curves: state.curves, steps: total,
            ledger: state.ledger, canaries: state.canaries)
    }

    private func runSegment(
        _ state: inout TrainingState, upTo end: Int, of total: Int, _ records: Records, _ units: PrivacyUnits?,
        _ random: RandomStream, _ order: inout BatchSampler.Order
    ) throws(AccountingError) {
        let phases = architecture.network.phases
        var (sums, counts) = ([String: Double](), [String: Int]())
        while state.step < end {
            for phase in phases where phase.runs(inStep: state.step) {
                let (gradients, loss, size) = try gradient(phase, &state, records, units, random, &order)
                sums[phase.name, default: 0] += loss
                counts[phase.name, default: 0] += size
                state.optimisers[phase.name, default: OptimiserState()].apply(
                    optimiser(of: phase), factor: schedule.factor(step: state.step, of: total), gradients,
                    to: &state.parameters)
            }
            state.step += 1
        }
        // A phase that a segment is too short for has no loss in it.
        for phase in phases where phase.period == 1 || counts[phase.name] != nil {
            state.curves[phase.name, default: LossCurve()].steps.append(state.step)
            let mean = (sums[phase.name] ?? 0) / Double(max(1, counts[phase.name] ?? 0))
            state.curves[phase.name]?.losses.append(mean)
        }
    }

    /// The gradient of one phase at one step, the summed loss of its batch, and the batch's size.
    ///
    /// A private gradient writes its event into the ledger; an empty batch too, for it is released with its noise.
    private func gradient(
        _ phase: Phase, _ state: inout TrainingState, _ records: Records, _ units: PrivacyUnits?,
        _ random: RandomStream, _ order: inout BatchSampler.Order
    ) throws(AccountingError) -> (Parameters, loss: Double, size: Int) {
        let stepRandom = random[phase.name][state.step]
        guard phase.touchesData else {
            return meanGradient(phase, &state, Records(features: .zeros([batchSize, 1])), stepRandom)
        }
        let indices = sampler(units?.count ?? records.count)
            .indices(step: state.step, count: units?.count ?? records.count, random["batches"], &order)
        if let units {
            return try clippedGradient(
                phase, &state, records, units, chosen: indices, stepRandom, trees: random[phase.name]["tree"])
        }
        return meanGradient(phase, &state, records.gather(indices), stepRandom)
    }

    /// The gradient of the mean loss; running statistics are moved on the way, for no gradient trains them.
    private func meanGradient(_ phase: Phase, _ state: inout TrainingState, _ batch: Records, _ random: RandomStream)
        -> (Parameters, loss: Double, size: Int)
    {
        let tape = Tape(.summed)
        let bound = BoundParameters(state.parameters, on: tape, trainable: phase.parameters)
        let losses = architecture.network.losses(phase, batch, bound, random)
        tape.backward(from: losses, seed: Tensor(repeating: 1 / Float(max(batch.count, 1)), shape: losses.shape))
        state.parameters.fold(tape.observations)
        var gradients = tape.parameterGradients()
        if let gradientNorm {
            let norm = Float(gradients.norm)
            if norm > gradientNorm { gradients.scale(by: gradientNorm / norm) }
        }
        return (gradients, losses.value.sum(), batch.count)
    }
}
