import Accounting
import Autograd
import Mechanisms
import Models
import Tensors

extension Recipe {
    /// Whether each privacy unit's gradient is clipped on its own, with noise or without.
    var clipsEachUnit: Bool { privacy != nil || clippingWithoutPrivacy != nil }

    /// Physical batches hold at most this many rows, so that the factors of all layers stay small; a larger logical
    /// batch is split, never truncated.
    private static let physicalRows = 4096

    /// The most records of a physical batch: what the memory budget holds, or the usual number of rows.
    ///
    /// The estimate is twice what the operations of a step put out for one record, values and gradients; the factors of
    /// the parameters are among them.
    func physicalRecords(_ records: Records, _ parameters: Parameters) -> Int {
        guard let memoryBudget, records.count > 0 else {
            return max(1, min(512, Self.physicalRows / max(records.window, 1)))
        }
        let numbers = architecture.network.phases.filter(\.touchesData).map { phase in
            let tape = Tape(.perExample(count: 1))
            let bound = BoundParameters(parameters, on: tape, trainable: phase.parameters)
            _ = architecture.network.losses(phase, records.slice(0..<1), bound, RandomStream(seed: 0))
            return tape.recordedCount
        }
        return max(1, memoryBudget / (2 * MemoryLayout<Float>.size * max(numbers.max() ?? 1, 1)))
    }

    /// The noisy mean of clipped gradients of one step, the summed loss of its batch, and the batch's size in records.
    ///
    /// A release writes its event into the ledger, and a moving norm into the state.
    func clippedGradient(
        _ phase: Phase, _ state: inout TrainingState, _ records: Records, _ units: PrivacyUnits, chosen: [Int],
        _ random: RandomStream, trees: RandomStream
    ) throws(AccountingError) -> (Parameters, loss: Double, size: Int) {
        let parts = units.parts(of: chosen, cap: unitCap, random["cap"])
        let size = parts.reduce(0) { $0 + $1.records.count }
        let rate = samplingRate(units.count)
        let expectedBatch = rate * Double(units.count)
        var loss = 0.0
        let parameters = state.parameters
        func gradients(_ number: Int) -> PerExampleGradients {
            perUnitGradients(phase, parameters, parts[number], of: records, random[number], &loss)
        }
        guard let privacy else {
            let (mean, norm) = unprotectedMean(state.clippingNorms[phase.name], parts.count, expectedBatch, gradients)
            if let norm { state.clippingNorms[phase.name] = norm }
            return (mean, loss, size)
        }
        let clipping = privacy.clipping.moved(to: state.clippingNorms[phase.name] ?? privacy.clippingNorm)
        var sum = BoundedSum(clipping: gradients(0), by: clipping)
        for number in 1..<max(parts.count, 1) { sum.merge(BoundedSum(clipping: gradients(number), by: clipping)) }
        if privacy.mechanism == .ftrl {
            return (try treeGradient(privacy, sum, phase, &state, units.count, random: trees), loss, size)
        }
        state.canaries?.insert(into: &sum, of: phase, rate: rate, random["canaries"])
        let release = privacy.step(
            sum, samplingRate: rate, expectedBatch: expectedBatch,
            noise: privacy.noise == .secure ? .secure : .seeded(random["noise"]))
        state.canaries?.observe(release.gradient)
        try state.ledger.record(release.event)
        if let norm = release.nextNorm { state.clippingNorms[phase.name] = norm }
        return (release.gradient, loss, size)
    }

    /// The mean of clipped gradients without noise: no event, and no privacy.
    private func unprotectedMean(
        _ norm: Double?, _ parts: Int, _ expectedBatch: Double, _ gradients: (Int) -> PerExampleGradients
    ) -> (Parameters, nextNorm: Double?) {
        guard var clipping = clippingWithoutPrivacy else { preconditionFailure("nothing says how to clip") }
        if let norm { clipping = clipping.moved(to: norm) }
        var sum = UnprotectedSum(clippingWithoutPrivacy: gradients(0), by: clipping)
        for number in 1..<max(parts, 1) {
            sum.merge(UnprotectedSum(clippingWithoutPrivacy: gradients(number), by: clipping))
        }
        return sum.meanWithoutPrivacy(expectedBatch: expectedBatch)
    }

    /// The gradient of each unit's summed loss: what is summed over a unit is summed before any norm is taken.
    private func perUnitGradients(
        _ phase: Phase, _ parameters: Parameters, _ part: PrivacyUnits.Part, of records: Records,
        _ random: RandomStream,
        _ loss: inout Double
    ) -> PerExampleGradients {
        let tape = Tape(.perExample(count: part.units))
        let bound = BoundParameters(parameters, on: tape, trainable: phase.parameters)
        let losses = architecture.network.losses(phase, records.gather(part.records), bound, random)
        tape.backward(from: losses)
        loss += losses.value.sum()
        return tape.perExampleGradients()
    }
}
