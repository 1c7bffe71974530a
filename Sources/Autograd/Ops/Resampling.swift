public import Tensors

/// Returns images in another size.
///
/// - Shapes: x [batch, height, width, channels] → [batch, size.height, size.width, channels].
public func resample(_ x: Variable, to size: Extent, _ method: Resampling) -> Variable {
    precondition(x.shape.count == 4, "resampling: images \(x.shape)")
    let tape = x.tape
    let shape = ResamplingShape(
        batch: x.shape[0], image: Extent(x.shape[1], x.shape[2]), channels: x.shape[3], target: size, method: method)
    return tape.record(shape.forward(x.value), [x]) { dy in
        tape.accumulate(into: x) { shape.gradient(dy, into: &$0, beta: $1) }
    }
}

/// Returns images enlarged by whole factors.
///
/// - Shapes: x [batch, height, width, channels] → [batch, factor.height·height, factor.width·width, channels].
public func upsample(_ x: Variable, by factor: Extent = 2, _ method: Resampling = .nearest) -> Variable {
    precondition(x.shape.count == 4, "upsampling: images \(x.shape)")
    return resample(x, to: Extent(factor.height * x.shape[1], factor.width * x.shape[2]), method)
}
