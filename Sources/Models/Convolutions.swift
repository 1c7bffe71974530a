import Autograd
public import Tensors

/// The convolutional part of a model of images: what an encoder does to an image, and a decoder undoes.
///
/// - Source: Radford, Metz and Chintala 2016 (DCGAN), whose rule of normalisation it keeps: all layers but the one that
///   reads images and the one that draws them.
public struct Convolutions: Codable, Sendable, Equatable {
    /// One convolution, of a square kernel, and what it keeps of the images.
    public struct Layer: Codable, Sendable, Equatable {
        /// The number of output channels.
        public var channels: Int
        /// The side of the kernel.
        public var kernel: Int
        /// The step from one position to the next.
        public var stride: Int
        /// The rim of zeros on each side.
        public var padding: Int
        /// The side of the squares of which the largest pixel is kept, after normalisation and activation; `nil` for all
        /// pixels.
        ///
        /// Nothing undoes it, so only a classifier may have it.
        public var pooling: Int?
        /// The step from one of these squares to the next; `nil` for their side, so that none overlap.
        public var poolingStride: Int?

        /// Creates a layer.
        public init(
            channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, pooling: Int? = nil,
            poolingStride: Int? = nil
        ) {
            (self.channels, self.kernel, self.stride, self.padding) = (channels, kernel, stride, padding)
            (self.pooling, self.poolingStride) = (pooling, poolingStride)
        }

        /// The extent that the convolution leaves of one; below 1 when the kernel does not fit.
        func convolved(_ extent: Int) -> Int {
            let room = extent + 2 * padding - kernel
            return room < 0 ? 0 : room / stride + 1
        }

        /// The extent that is left after pooling, too.
        func output(_ extent: Int) -> Int {
            guard let pooling else { return convolved(extent) }
            let room = convolved(extent) - pooling
            return room < 0 ? 0 : room / (poolingStride ?? pooling) + 1
        }
    }

    /// What follows a convolution.
    public enum Normalisation: String, Codable, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// Batch norm, which mixes records.
        case batch
        /// Group norm, of groups of at most sixteen channels.
        case group
    }

    /// The height of the images.
    public var height: Int
    /// The width of the images.
    public var width: Int
    /// The number of channels of the images.
    public var channels: Int
    /// The convolutions, the one that reads images first.
    public var layers: [Layer]
    /// What follows them.
    public var normalisation: Normalisation
    /// What follows that.
    public var activation: Activation

    /// Creates a part.
    public init(
        height: Int, width: Int, channels: Int = 1, layers: [Layer], normalisation: Normalisation = .none,
        activation: Activation = .relu
    ) {
        (self.height, self.width, self.channels) = (height, width, channels)
        (self.layers, self.normalisation, self.activation) = (layers, normalisation, activation)
    }

    /// The size of the images, and of what each layer makes of them.
    var sizes: [Extent] {
        layers.reduce(into: [Extent(height, width)]) { sizes, layer in
            let last = sizes[sizes.count - 1]
            sizes.append(Extent(layer.output(last.height), layer.output(last.width)))
        }
    }

    /// Whether every layer leaves something of the images for the next.
    public var isSound: Bool {
        let extents =
            [height, width, channels]
            + layers.flatMap { [$0.channels, $0.kernel, $0.stride, $0.pooling ?? 1, $0.poolingStride ?? 1] }
        let isBounded =
            extents.allSatisfy { (1...65_536).contains($0) }
            && layers.allSatisfy { (0..<$0.kernel).contains($0.padding) }
        return isBounded && !layers.isEmpty && sizes.allSatisfy { $0.height > 0 && $0.width > 0 }
    }

    /// Whether a decoder can undo them.
    var canBeUndone: Bool { layers.allSatisfy { $0.pooling == nil } }

    /// The number of pixels, all channels together.
    public var inputs: Int { height * width * channels }

    /// The same layers with other surroundings.
    func with(_ normalisation: Normalisation, _ activation: Activation) -> Convolutions {
        var result = self
        (result.normalisation, result.activation) = (normalisation, activation)
        return result
    }

    /// The shape of the last layer's output: height, width, channels.
    private var innermost: [Int] {
        let last = sizes[sizes.count - 1]
        return [last.height, last.width, layers.last?.channels ?? channels]
    }

    private func layer(_ index: Int, isTransposed: Bool, hasBias: Bool) -> ConvolutionLayer {
        let layer = layers[index]
        let (outer, inner) = (index == 0 ? channels : layers[index - 1].channels, layer.channels)
        let large = sizes[index]
        let small = Extent(layer.convolved(large.height), layer.convolved(large.width))
        return ConvolutionLayer(
            from: isTransposed ? inner : outer, to: isTransposed ? outer : inner, kernel: layer.kernel,
            stride: layer.stride, padding: layer.padding, input: isTransposed ? small : large,
            output: isTransposed ? large : small, isTransposed: isTransposed, hasBias: hasBias)
    }

    /// A convolution with its normalisation and activation; before a normalisation it has no bias.
    private func block(_ index: Int, isTransposed: Bool, isNormalised: Bool, _ activation: Activation)
        -> [Sequential.Layer]
    {
        let layer = layer(index, isTransposed: isTransposed, hasBias: !isNormalised)
        guard isNormalised else { return [.convolution(layer, activation)] }
        return [.convolution(layer, .identity), .normalisation(normalisation, channels: layer.to, activation)]
    }

    /// The convolutions of an encoder, from records to flat rows.
    fileprivate var encoding: [Sequential.Layer] {
        let blocks = layers.indices.flatMap { index in
            block(index, isTransposed: false, isNormalised: normalisation != .none && index > 0, activation)
                + pooling(index)
        }
        return [.reshape([height, width, channels], isModule: false)] + blocks
            + [.reshape([flatWidth], isModule: true)]
    }

    /// The pooling that follows a convolution, if one does.
    private func pooling(_ index: Int) -> [Sequential.Layer] {
        layers[index].pooling.map { side in
            let kept = sizes[index + 1]
            return [
                .pooling(
                    side, stride: layers[index].poolingStride ?? side,
                    to: [kept.height, kept.width, layers[index].channels])
            ]
        } ?? []
    }

    /// The convolutions of a decoder, from rows of the given width to records.
    fileprivate func decoding(from width: Int, output: Activation) -> [Sequential.Layer] {
        precondition(canBeUndone, "a decoder cannot undo pooling")
        let (isNormalised, inner) = (normalisation != .none, innermost)
        var result: [Sequential.Layer]
        if isNormalised {
            result = [
                .linear(from: width, to: flatWidth, hasBias: false, .identity), .reshape(inner, isModule: true),
                .normalisation(normalisation, channels: inner[2], activation),
            ]
        } else {
            result = [.linear(from: width, to: flatWidth, activation), .reshape(inner, isModule: true)]
        }
        for index in layers.indices.reversed() {
            result += block(
                index, isTransposed: true, isNormalised: isNormalised && index > 0, index > 0 ? activation : output)
        }
        return result + [.reshape([inputs], isModule: false)]
    }

    /// The width of a flattened encoding.
    fileprivate var flatWidth: Int { innermost.reduce(1, *) }
}

extension Sequential {
    /// Creates an encoder: the convolutions, if there are any, then affine maps of the given widths.
    ///
    /// The number of inputs is the first of them, the output the last.
    static func encoder(
        _ convolutions: Convolutions?, _ widths: [Int], activation: Activation = .relu, output: Activation = .identity,
        dropout: Float = 0
    ) -> Sequential {
        guard let convolutions else {
            return perceptron(widths, activation: activation, output: output, dropout: dropout)
        }
        let dense = dense(
            [convolutions.flatWidth] + widths.dropFirst(), activation: convolutions.activation, output: output)
        return Sequential(convolutions.encoding + dense, dropout: dropout)
    }

    /// Creates a decoder: affine maps of the given widths, then the transposed convolutions, if there are any.
    ///
    /// The code's width is the first of them, the number of outputs the last.
    static func decoder(
        _ convolutions: Convolutions?, _ widths: [Int], activation: Activation = .relu, output: Activation = .identity,
        dropout: Float = 0
    ) -> Sequential {
        guard let convolutions else {
            return perceptron(widths, activation: activation, output: output, dropout: dropout)
        }
        let hidden = Array(widths.dropLast())
        let dense =
            hidden.count > 1 ? dense(hidden, activation: convolutions.activation, output: convolutions.activation) : []
        return Sequential(
            dense + convolutions.decoding(from: hidden[hidden.count - 1], output: output), dropout: dropout)
    }
}

extension Convolutions.Normalisation {
    /// Normalises channels, by the batch where the parameters are being trained, else by running statistics.
    func apply(_ x: Variable, _ parameters: BoundParameters, _ name: String, channels: Int) -> Variable {
        let (gain, bias) = (parameters["\(name).weight"], parameters["\(name).bias"])
        switch self {
        case .none: return x
        case .group: return groupNormalise(x, gain: gain, bias: bias, groups: Self.groups(channels))
        case .batch where parameters.usesBatchStatistics(of: "\(name).weight"):
            let isTrained = parameters.isTrained("\(name).weight")
            return batchNormalise(x, gain: gain, bias: bias, observing: isTrained ? name : nil)
        case .batch:
            let statistics = ChannelStatistics(
                mean: parameters["\(name).running_mean"].value, variance: parameters["\(name).running_var"].value)
            return batchNormalise(x, gain: gain, bias: bias, by: statistics)
        }
    }

    /// The fewest equal groups of at most sixteen channels, the size that Wu and He (2018) find best.
    static func groups(_ channels: Int) -> Int {
        (1...channels).first { channels % $0 == 0 && channels / $0 <= 16 } ?? channels
    }
}
