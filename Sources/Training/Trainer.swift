public import Accounting
import Autograd
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

    /// Creates an observer; by default it does nothing.
    public init(
        progress: @escaping @Sendable (Double) -> Void = { _ in },
        restore: @escaping @Sendable () throws -> Data? = { nil },
        save: @escaping @Sendable (Data) throws -> Void = { _ in }, interval: Duration = .seconds(1 << 40)
    ) {
        self.progress = progress
        self.restore = restore
        self.save = save
        self.interval = interval
    }
}

extension Recipe {
    /// Trains on records.
    ///
    /// The loop knows no family: each step runs every phase of the network. A phase that touches data is private when
    /// the recipe says so; the others read only what the private ones released.
    /// - Throws: what the observer throws.
    public func train(on records: Records, random: RandomStream, observer: TrainingObserver = TrainingObserver())
        throws -> TrainedModel
    {
        let unknown = optimisers?.keys.first { name in !architecture.network.phases.contains { $0.name == name } }
        precondition(unknown == nil, "an optimiser of '\(unknown ?? "")', a phase that the network does not have")
        let isMixed = architecture.network.phases.contains { $0.touchesData && $0.mixesRecords }
        precondition(privacy == nil || !isMixed, "batch norm mixes records, so it cannot be private; use group norm")
        let initial = architecture.network.initialParameters(random["init"])
        var state =
            try observer.restore().map { try TrainingState(decoding: $0, initial: initial) }
            ?? TrainingState(parameters: initial)
        let total = records.count > 0 ? steps(records.count) : 0
        let segment = max(1, total / 60)
        var lastSave = ContinuousClock.now
        var order = BatchSampler.Order()
        while state.step < total {
            try runSegment(&state, upTo: min(total, state.step + segment), of: total, records, random, &order)
            observer.progress(Double(state.step) / Double(total))
            if lastSave.duration(to: .now) > observer.interval, state.step < total {
                try observer.save(try state.encoded())
                lastSave = .now
            }
        }
        return TrainedModel(
            model: Model(architecture, state.parameters), curves: state.curves, steps: total,
            ledger: state.ledger)
    }

    private func runSegment(
        _ state: inout TrainingState, upTo end: Int, of total: Int, _ records: Records, _ random: RandomStream,
        _ order: inout BatchSampler.Order
    ) throws(AccountingError) {
        let phases = architecture.network.phases
        var (sums, counts) = ([String: Double](), [String: Int]())
        while state.step < end {
            for phase in phases where phase.runs(inStep: state.step) {
                let (gradients, loss, size) = try gradient(phase, &state, records, random, &order)
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
        _ phase: Phase, _ state: inout TrainingState, _ records: Records, _ random: RandomStream,
        _ order: inout BatchSampler.Order
    ) throws(AccountingError) -> (Parameters, loss: Double, size: Int) {
        let stepRandom = random[phase.name][state.step]
        guard phase.touchesData else {
            return meanGradient(phase, &state, Records(features: .zeros([batchSize, 1])), stepRandom)
        }
        let indices = sampler(records.count)
            .indices(step: state.step, count: records.count, random["batches"], &order)
        if let privacy {
            return try privateGradient(privacy, phase, &state, records, indices, stepRandom)
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

    /// Physical batches hold at most this many rows, so that the factors of all layers stay small; a larger logical
    /// batch is split, never truncated.
    private static let physicalRows = 4096

    private func privateGradient(
        _ privacy: GradientPrivacy, _ phase: Phase, _ state: inout TrainingState, _ records: Records, _ indices: [Int],
        _ random: RandomStream
    ) throws(AccountingError) -> (Parameters, loss: Double, size: Int) {
        let most = max(1, min(512, Self.physicalRows / max(records.window, 1)))
        let parts = stride(from: 0, to: max(indices.count, 1), by: most).map { start in
            Array(indices[start..<min(start + most, indices.count)])
        }
        var loss = 0.0
        var sum = clippedSum(privacy, phase, state, records.gather(parts[0]), random[0], &loss)
        for (number, part) in parts.enumerated().dropFirst() {
            sum.merge(clippedSum(privacy, phase, state, records.gather(part), random[number], &loss))
        }
        let rate = samplingRate(records.count)
        let (gradient, event) = privacy.release(
            sum, samplingRate: rate, expectedBatch: rate * Double(records.count),
            noise: .seeded(random["noise"]))
        try state.ledger.record(event)
        return (gradient, loss, indices.count)
    }

    private func clippedSum(
        _ privacy: GradientPrivacy, _ phase: Phase, _ state: TrainingState, _ part: Records, _ random: RandomStream,
        _ loss: inout Double
    ) -> BoundedSum {
        let tape = Tape(.perExample(count: part.count))
        let bound = BoundParameters(state.parameters, on: tape, trainable: phase.parameters)
        let losses = architecture.network.losses(phase, part, bound, random)
        tape.backward(from: losses)
        loss += losses.value.sum()
        return BoundedSum(clipping: tape.perExampleGradients(), to: privacy.clippingNorm)
    }
}
