public import Tensors

/// Returns f(w ⋆ x + b), the convolution of images followed by an activation.
///
/// - Shapes: x [batch, height, width, channels], w [outputs, kernel height, kernel width, channels/groups],
///   b [outputs] → [batch, height′, width′, outputs] with height′ = ⌊(height + 2·padding − dilation·(kernel − 1) − 1)/
///   stride⌋ + 1. With per-example factors, batch is a multiple of the number of examples and the images of an example
///   are consecutive.
/// - Complexity: O(batch·height′·width′·|w|) forward, twice that backward.
public func convolution(
    _ x: Variable, _ w: Variable, _ b: Variable? = nil, stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1,
    groups: Int = 1, _ activation: Activation = .identity
) -> Variable {
    precondition(x.shape.count == 4 && w.shape.count == 4, "convolution: images \(x.shape), weights \(w.shape)")
    let window = Window(Extent(w.shape[1], w.shape[2]), stride: stride, padding: padding, dilation: dilation)
    let shape = ConvolutionShape(
        batch: x.shape[0], image: Extent(x.shape[1], x.shape[2]), channels: x.shape[3], outputs: w.shape[0],
        window: window, groups: groups)
    return biasedAndActivated(shape.forward(x.value, w.value), x, w, b, activation) { tape, dz in
        keepWeightGradient(tape, shape, images: x.value, gradient: dz, for: w)
        if x.id != nil { tape.accumulate(into: x) { shape.imageGradient(dz, w.value, into: &$0, beta: $1) } }
    }
}

/// Returns f(wᵀ ⋆ x + b), the adjoint of a convolution (also "deconvolution") followed by an activation.
///
/// - Shapes: x [batch, height, width, channels], w [channels, kernel height, kernel width, outputs/groups],
///   b [outputs] → [batch, height′, width′, outputs] with height′ = (height − 1)·stride − 2·padding +
///   dilation·(kernel − 1) + 1 + outputPadding, which is less than stride.
/// - Complexity: O(batch·height·width·|w|) forward, twice that backward.
public func transposedConvolution(
    _ x: Variable, _ w: Variable, _ b: Variable? = nil, stride: Extent = 1, padding: Extent = 0,
    outputPadding: Extent = 0, dilation: Extent = 1, groups: Int = 1, _ activation: Activation = .identity
) -> Variable {
    precondition(
        x.shape.count == 4 && w.shape.count == 4, "transposed convolution: images \(x.shape), weights \(w.shape)")
    let window = Window(Extent(w.shape[1], w.shape[2]), stride: stride, padding: padding, dilation: dilation)
    let shape = ConvolutionShape(
        batch: x.shape[0], image: window.image(of: Extent(x.shape[1], x.shape[2]), outputPadding: outputPadding),
        channels: w.shape[3] * groups, outputs: x.shape[3], window: window, groups: groups)
    precondition(
        shape.outputShape == x.shape, "transposed convolution: images \(x.shape), output padding \(outputPadding)")
    var z = Tensor(uninitialised: shape.imageShape)
    shape.imageGradient(x.value, w.value, into: &z, beta: 0)
    return biasedAndActivated(z, x, w, b, activation) { tape, dz in
        keepWeightGradient(tape, shape, images: dz, gradient: x.value, for: w)
        if x.id != nil { tape.accumulate(shape.forward(dz, w.value), into: x) }
    }
}

/// Adds a bias, applies an activation and records both, given the pullback of what comes before.
private func biasedAndActivated(
    _ map: consuming Tensor, _ x: Variable, _ w: Variable, _ b: Variable?, _ activation: Activation,
    _ pullback: @escaping (Tape, Tensor) -> Void
) -> Variable {
    let tape = x.tape
    var z = map
    if let b { z.addToRows(b.value) }
    let input = activation.derivativeNeedsInput && tape.mode != .inference ? z : nil
    activation.apply(to: &z)
    let saved = activation == .identity ? nil : input ?? z
    return tape.record(z, [x, w] + (b.map { [$0] } ?? [])) { dz in
        let sumsRows = b.map { $0.id != nil && !tape.wantsFactors($0) } ?? false
        let sum = Affine.gradient(&dz, saved: saved, activation, sumsRows: sumsRows)
        if let b { keepBiasGradient(tape, sum, dz, for: b) }
        pullback(tape, dz)
    }
}

private func keepWeightGradient(
    _ tape: Tape, _ shape: ConvolutionShape, images: Tensor, gradient: Tensor, for w: Variable
) {
    if tape.wantsFactors(w) {
        tape.keep(ConvolutionFactor(shape, images: images, gradient: gradient, mode: tape.mode), for: w)
    } else {
        tape.accumulate(into: w) { shape.weightGradient(gradient, images, into: &$0, beta: $1) }
    }
}

/// The factors of a convolution's weight: example i contributes BᵢᵀAᵢ with the patches Aᵢ of its images, which are cut
/// out anew when they are needed, and the gradient Bᵢ at its positions.
struct ConvolutionFactor: PerExampleFactor {
    private var uses: ConvolutionUses

    init(_ shape: ConvolutionShape, images: Tensor, gradient: Tensor, mode: Tape.Mode) {
        guard case .perExample(let count) = mode else { preconditionFailure("factors in mode \(mode)") }
        uses = ConvolutionUses(shape, images: images, gradient: gradient, examples: count)
    }

    /// Puts the uses of one weight by several convolutions together; `nil` when another kind is among them.
    static func joined(_ factors: [any PerExampleFactor]) -> ConvolutionFactor? {
        let convolutions = factors.compactMap { $0 as? ConvolutionFactor }
        guard convolutions.count == factors.count, var joined = convolutions.first else { return nil }
        for other in convolutions.dropFirst() { joined.uses.append(other.uses) }
        return joined
    }

    func add(example index: Int, to gradient: inout Tensor) { uses.add(example: index, to: &gradient) }
    func addWeightedSum(_ weights: [Float], to gradient: inout Tensor) {
        uses.addWeightedSum(weights, to: &gradient)
    }
    func squaredNorms() -> [Float]? { uses.squaredNorms() }

    var cost: FactorCost? {
        FactorCost(
            norm: uses.normWork, sum: uses.buildingWork, building: uses.buildingWork, size: uses.size)
    }
    func built() -> (rows: Tensor, squaredNorms: [Float])? { uses.built() }
}
