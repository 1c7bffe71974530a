import Tensors

/// Returns gain·(x − mean)/√(variance + ε) + bias, with statistics of each image and group of channels.
///
/// No record depends on another. With as many groups as channels this is instance norm.
/// - Source: Wu and He 2018; Ulyanov, Vedaldi and Lempitsky 2016.
/// - Shapes: x [batch, …, channels], gain and bias [channels] → as x; `groups` divides the channels.
public func groupNormalise(_ x: Variable, gain: Variable, bias: Variable, groups: Int, epsilon: Float = 1e-5)
    -> Variable
{
    precondition(
        groups > 0 && x.value.columns % groups == 0, "\(groups) groups do not divide \(x.value.columns) channels")
    let normalisation = ChannelNormalisation(segments: x.shape.first ?? 0, groups: groups)
    let (mean, variance) = normalisation.moments(of: x.value)
    return normalise(
        x, normalisation, mean: mean, reciprocal: variance.reciprocalDeviations(epsilon), gain: gain, bias: bias)
}
