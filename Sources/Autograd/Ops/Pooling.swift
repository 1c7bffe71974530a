public import Tensors

/// Returns the maximum of what a window sees, channel by channel; the first of equals receives the gradient.
///
/// - Shapes: x [batch, height, width, channels] → [batch, height′, width′, channels] with height′ = ⌊(height +
///   2·padding − kernel)/stride⌋ + 1. The stride is the kernel unless given; padding, at most half of it, is −∞.
public func maxPool(_ x: Variable, _ kernel: Extent, stride: Extent? = nil, padding: Extent = 0) -> Variable {
    let (tape, shape) = (x.tape, poolingShape(x, kernel, stride, padding))
    let y = shape.maximum(x.value)
    return tape.record(y, [x]) { dy in
        tape.accumulate(into: x) { shape.maximumGradient(dy, x: x.value, y: y, into: &$0, beta: $1) }
    }
}

/// Returns the mean of what a window sees, channel by channel.
///
/// - Shapes: x [batch, height, width, channels] → [batch, height′, width′, channels] with height′ = ⌊(height +
///   2·padding − kernel)/stride⌋ + 1. The stride is the kernel unless given; padding, at most half of it, counts as 0.
public func averagePool(_ x: Variable, _ kernel: Extent, stride: Extent? = nil, padding: Extent = 0) -> Variable {
    let (tape, shape) = (x.tape, poolingShape(x, kernel, stride, padding))
    return tape.record(shape.mean(x.value), [x]) { dy in
        tape.accumulate(into: x) { shape.meanGradient(dy, into: &$0, beta: $1) }
    }
}

/// Returns the mean of each channel over all pixels.
///
/// - Shapes: x [batch, height, width, channels] → [batch, channels].
public func globalAveragePool(_ x: Variable) -> Variable {
    precondition(x.shape.count == 4, "pooling: images \(x.shape)")
    return reshape(averagePool(x, Extent(x.shape[1], x.shape[2])), [x.shape[0], x.shape[3]])
}

private func poolingShape(_ x: Variable, _ kernel: Extent, _ stride: Extent?, _ padding: Extent) -> PoolingShape {
    precondition(x.shape.count == 4, "pooling: images \(x.shape)")
    return PoolingShape(
        batch: x.shape[0], image: Extent(x.shape[1], x.shape[2]), channels: x.shape[3],
        window: Window(kernel, stride: stride ?? kernel, padding: padding))
}
