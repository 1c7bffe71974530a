public import Autograd
public import Tensors

/// A stack of layers, named as in `nn.Sequential`: "prefix.0.weight" and so on, activations being modules, too.
public struct Sequential: Sendable, Equatable {
    /// One layer with the activation after it.
    enum Layer: Sendable, Equatable {
        /// An affine map of each row.
        case linear(from: Int, to: Int, hasBias: Bool = true, Activation)
        /// A convolution of images, transposed or not.
        case convolution(ConvolutionLayer, Activation)
        /// A normalisation of channels.
        case normalisation(Convolutions.Normalisation, channels: Int, Activation)
        /// The largest pixel of each square of a side, channel by channel, with a step from one square to the next; what
        /// is left has the given shape.
        case pooling(Int, stride: Int, to: [Int])
        /// The same numbers of each record in another shape; `flatten` and `unflatten` are modules in PyTorch.
        case reshape([Int], isModule: Bool)
    }

    var layers: [Layer]
    /// The share of hidden units dropped in training.
    public var dropout: Float

    init(_ layers: [Layer], dropout: Float = 0) { (self.layers, self.dropout) = (layers, dropout) }

    /// Creates affine maps with activations between them; the widths are the input's first, the output's last.
    public static func perceptron(
        _ widths: [Int], activation: Activation = .relu, output: Activation = .identity, dropout: Float = 0
    ) -> Sequential {
        precondition(widths.count >= 2, "a perceptron of widths \(widths)")
        return Sequential(dense(widths, activation: activation, output: output), dropout: dropout)
    }

    /// Creates affine maps with an activation of its own after each but the last: as many as there are hidden widths.
    static func perceptron(_ widths: [Int], activations: [Activation], dropout: Float) -> Sequential {
        Sequential(dense(widths, activations + [.identity]), dropout: dropout)
    }

    static func dense(_ widths: [Int], activation: Activation, output: Activation) -> [Layer] {
        dense(widths, [Activation](repeating: activation, count: widths.count - 2) + [output])
    }

    private static func dense(_ widths: [Int], _ activations: [Activation]) -> [Layer] {
        precondition(activations.count == widths.count - 1, "\(activations.count) activations of widths \(widths)")
        return activations.indices.map { .linear(from: widths[$0], to: widths[$0 + 1], activations[$0]) }
    }

    /// The stack without its last layer.
    func dropLast() -> Sequential { Sequential(layers.dropLast(), dropout: dropout) }

    /// Each layer with its place among PyTorch's modules.
    private func numbered() -> [(number: Int, layer: Layer)] {
        var next = 0
        return layers.map { layer in
            defer { next += layer.modules }
            return (next, layer)
        }
    }

    /// Whether records are mixed in training.
    var mixesRecords: Bool {
        layers.contains { layer in
            if case .normalisation(.batch, _, _) = layer { true } else { false }
        }
    }

    /// Roughly the multiply-adds of one record's forward pass.
    var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }

    /// Draws weights uniform in ±√(3·gain/in), with gain 2 before rectifiers and their like, and 1 before tanh,
    /// tempered sigmoids and at the end, and zero biases;
    /// normalisations start as the identity.
    ///
    /// - Source: He et al. 2015.
    public func initialise(_ parameters: inout Parameters, prefix: String, _ random: RandomStream) {
        for (place, (number, layer)) in numbered().enumerated() {
            let name = "\(prefix).\(number)"
            func draw(_ shape: [Int], fanIn: Int, _ activation: Activation) {
                let isLast = place == layers.count - 1
                let gain: Float = isLast || activation.isBounded ? 1 : 2
                let bound = (3 * gain / Float(fanIn)).squareRoot()
                parameters["\(name).weight"] = random["\(name).weight"].uniformTensor(shape, -bound, bound)
            }
            switch layer {
            case .linear(let from, let to, let hasBias, let activation):
                draw([to, from], fanIn: from, activation)
                if hasBias { parameters["\(name).bias"] = .zeros([to]) }
            case .convolution(let layer, let activation):
                draw(layer.weightShape, fanIn: layer.fanIn, activation)
                if layer.hasBias { parameters["\(name).bias"] = .zeros([layer.to]) }
            case .normalisation(let kind, let channels, _):
                parameters["\(name).weight"] = Tensor(repeating: 1, shape: [channels])
                parameters["\(name).bias"] = .zeros([channels])
                guard kind == .batch else { continue }
                parameters["\(name).running_mean"] = .zeros([channels])
                parameters["\(name).running_var"] = Tensor(repeating: 1, shape: [channels])
            case .pooling, .reshape: continue
            }
        }
    }

    /// Returns the output for each record; dropout only with a stream.
    ///
    /// - Shapes: x [records, …] → [records, …], as the first and the last layer have it.
    public func callAsFunction(
        _ x: Variable, _ parameters: BoundParameters, prefix: String, dropping random: RandomStream? = nil
    ) -> Variable {
        forEachLayer(x, dropping: random) { layer, name, x in layer.apply(x, parameters, "\(prefix).\(name)") }
    }

    /// Passes a variable through all layers as `apply` says, given a layer and its number among PyTorch's modules, and
    /// drops hidden units where there is a stream: the same ones for the same stream.
    func forEachLayer(
        _ x: Variable, dropping random: RandomStream?, _ apply: (Layer, _ number: Int, Variable) -> Variable
    ) -> Variable {
        var (x, drops) = (x, 0)
        for (place, (number, layer)) in numbered().enumerated() {
            x = apply(layer, number, x)
            if let random, place < layers.count - 1, layer.activation != .identity {
                x = Autograd.dropout(x, rate: dropout, random: random["dropout"][drops])
                drops += 1
            }
        }
        return x
    }

    /// In which order PyTorch keeps the parameters that belong to places and channels of images.
    func channelOrders(prefix: String) -> [String: ChannelOrder] {
        var orders: [String: ChannelOrder] = [:]
        for (place, (number, layer)) in numbered().enumerated() {
            let name = "\(prefix).\(number)"
            switch layer {
            case .convolution(let layer, _):
                orders["\(name).weight"] = ChannelOrder(convolution: layer.weightShape)
            case .linear(let from, let to, let hasBias, _):
                if place > 0, case .reshape = layers[place - 1], let image = imageShape(before: place - 1) {
                    orders["\(name).weight"] = ChannelOrder(columns: image, rows: to)
                }
                if place + 1 < layers.count, case .reshape(let image, true) = layers[place + 1], image.count == 3 {
                    orders["\(name).weight"] = ChannelOrder(rows: image, columns: from)
                    if hasBias { orders["\(name).bias"] = ChannelOrder(rows: image) }
                }
            default: continue
            }
        }
        return orders
    }

    /// The shape of the images that a flattening at `place` receives.
    private func imageShape(before place: Int) -> [Int]? {
        for layer in layers[..<place].reversed() {
            switch layer {
            case .convolution(let layer, _): return [layer.output.height, layer.output.width, layer.to]
            case .reshape(let shape, _): return shape.count == 3 ? shape : nil
            case .pooling(_, _, let shape): return shape
            case .linear: return nil
            case .normalisation: continue
            }
        }
        return nil
    }
}

extension Activation {
    /// Whether it is tanh or its like, which keeps the variance of what it reads, near zero.
    fileprivate var isBounded: Bool {
        if case .temperedSigmoid = self { true } else { self == .tanh }
    }
}

extension Sequential.Layer {
    var activation: Activation {
        switch self {
        case .linear(_, _, _, let activation), .convolution(_, let activation), .normalisation(_, _, let activation):
            activation
        case .pooling, .reshape: .identity
        }
    }

    /// How many modules of `nn.Sequential` it stands for.
    var modules: Int {
        if case .reshape(_, let isModule) = self { return isModule ? 1 : 0 }
        return activation == .identity ? 1 : 2
    }

    var multiplyAdds: Int {
        switch self {
        case .linear(let from, let to, _, _): from * to
        case .convolution(let layer, _): layer.multiplyAdds
        case .normalisation, .pooling, .reshape: 0
        }
    }

    func apply(_ x: Variable, _ parameters: BoundParameters, _ name: String) -> Variable {
        switch self {
        case .linear(_, _, let hasBias, let activation):
            return Autograd.linear(
                x, parameters["\(name).weight"], hasBias ? parameters["\(name).bias"] : nil, activation)
        case .convolution(let layer, let activation):
            return layer.apply(x, parameters, name, activation)
        case .normalisation(let kind, let channels, let activation):
            return activate(kind.apply(x, parameters, name, channels: channels), activation)
        case .pooling(let side, let stride, _):
            return maxPool(x, Extent(side), stride: Extent(stride))
        case .reshape(let shape, _):
            return Autograd.reshape(x, [x.shape.first ?? 0] + shape)
        }
    }
}
