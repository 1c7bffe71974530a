public import Tensors

/// The mean and the variance of each channel.
public struct ChannelStatistics: Sendable, Equatable {
    /// Shape [channels].
    public var mean: Tensor
    /// Shape [channels].
    public var variance: Tensor

    /// Creates statistics.
    public init(mean: Tensor, variance: Tensor) { (self.mean, self.variance) = (mean, variance) }

    /// Moves these running statistics towards those of a batch, by PyTorch's momentum.
    package mutating func fold(_ batch: ChannelStatistics, momentum: Float = 0.1) {
        mean = mean * (1 - momentum) + batch.mean * momentum
        variance = variance * (1 - momentum) + batch.variance * momentum
    }
}

/// Returns gain·(x − mean)/√(variance + ε) + bias, with the statistics of each channel over all rows of this batch.
///
/// A record's output depends on the others, so no tape that wants per-example gradients goes through here. The tape
/// observes the statistics under `name`, if there is one, with the variance unbiased, for whoever keeps running ones.
/// - Source: Ioffe and Szegedy 2015.
/// - Shapes: x [rows, channels], of images [batch·height·width, channels]; gain and bias [channels] → as x.
public func batchNormalise(
    _ x: Variable, gain: Variable, bias: Variable, observing name: String?, epsilon: Float = 1e-5
) -> Variable {
    let tape = x.tape
    if case .perExample = tape.mode {
        preconditionFailure("batch norm mixes records, so none has a gradient of its own; use group norm")
    }
    let rows = x.value.rows
    let normalisation = ChannelNormalisation(segments: 1, groups: x.value.columns)
    let (mean, variance) = normalisation.moments(of: x.value)
    if let name {
        let unbiased = variance * (Float(rows) / Float(max(rows - 1, 1)))
        tape.observe(
            name,
            ChannelStatistics(mean: mean.reshaped([mean.count]), variance: unbiased.reshaped([variance.count])))
    }
    return normalise(
        x, normalisation, mean: mean, reciprocal: variance.reciprocalDeviations(epsilon), gain: gain, bias: bias)
}

/// Returns gain·(x − mean)/√(variance + ε) + bias with given statistics, as batch norm does after training.
///
/// - Shapes: as of batch norm.
public func batchNormalise(
    _ x: Variable, gain: Variable, bias: Variable, by statistics: ChannelStatistics, epsilon: Float = 1e-5
) -> Variable {
    let tape = x.tape
    let segments = if case .perExample(let count) = tape.mode { count } else { 1 }
    let normalisation = ChannelNormalisation(segments: segments, groups: x.value.columns)
    func repeated(_ vector: Tensor) -> Tensor {
        vector.reshaped([1, vector.count]).gatherRows([Int](repeating: 0, count: segments))
    }
    return normalise(
        x, normalisation, mean: repeated(statistics.mean),
        reciprocal: repeated(statistics.variance.reciprocalDeviations(epsilon)), areFixed: true, gain: gain, bias: bias)
}

/// What all normalisations of channels share; unless they are fixed, the gradient flows through the statistics, too.
func normalise(
    _ x: Variable, _ normalisation: ChannelNormalisation, mean: Tensor, reciprocal: Tensor, areFixed: Bool = false,
    gain: Variable, bias: Variable
) -> Variable {
    let tape = x.tape
    var scale = reciprocal
    scale.multiplyRows(by: gain.value)
    let y = normalisation.apply(x.value, mean: mean, scale: scale, bias: bias.value)
    return tape.record(y, [x, gain, bias]) { dy in
        let sums = normalisation.parameterGradients(dy, x: x.value, mean: mean, reciprocal: reciprocal)
        keepRowSums(tape, sums.gain, for: gain)
        keepRowSums(tape, sums.bias, for: bias)
        guard x.id != nil else { return }
        tape.accumulate(
            normalisation.gradient(
                dy, x: x.value, mean: mean, reciprocal: reciprocal, gain: gain.value, sums: areFixed ? nil : sums),
            into: x)
    }
}
