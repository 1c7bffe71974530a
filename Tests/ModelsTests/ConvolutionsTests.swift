import Autograd
import Models
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite("Convolutional models") struct ConvolutionsTests {
    private static let halving = [Convolutions.Layer(channels: 3, kernel: 4, stride: 2, padding: 1)]

    /// The networks that `Golden/generate.py` builds.
    private static let gan = GenerativeAdversarialNetwork(
        inputs: 784, generatorHidden: [], discriminatorHidden: [], latents: 5,
        convolutions: Convolutions(
            height: 28, width: 28, layers: halving + [.init(channels: 4, kernel: 4, stride: 2, padding: 1)],
            normalisation: .batch))
    private static let classifier = Classifier(
        inputs: 784, hidden: [], classes: 10,
        convolutions: Convolutions(
            height: 28, width: 28,
            layers: [.init(channels: 3, kernel: 5, stride: 2), .init(channels: 4, kernel: 4, stride: 2)]))
    private static let autoencoder = Autoencoder(
        inputs: 154, hidden: [8], latents: 5,
        convolutions: Convolutions(
            height: 11, width: 14, layers: halving + [.init(channels: 6, kernel: 3, stride: 2, padding: 1)],
            normalisation: .group, activation: .silu))

    /// A model with the parameters that PyTorch saved: read as a checkpoint that another program wrote.
    private func model(_ architecture: Architecture, _ golden: Golden, _ prefixes: [String]) throws -> Model {
        var file = try Model(untrained: architecture, RandomStream(seed: 0)).checkpoint()
        file.arrays = [:]
        for name in golden.names where prefixes.contains(where: name.hasPrefix) {
            file.arrays[name] = try golden.array(name)
        }
        return try Model(checkpoint: file)
    }

    @Test("a DCGAN is PyTorch's: names, order of parameters, outputs in training and after, running statistics")
    func dcgan() throws {
        let golden = try Golden("convolutional")["gan"]
        let model = try model(
            .generativeAdversarialNetwork(Self.gan), golden, ["generator.", "discriminator."])
        let still = BoundParameters(model.parameters, on: Tape(.inference))
        let (z, x) = (try golden.tensor("z"), try golden.tensor("x"))
        expectClose(
            Self.gan.generate(still.tape.constant(z), still).value, try golden.doubles("generated"), "generated")
        expectClose(
            Self.gan.discriminate(still.tape.constant(x), still).value, try golden.doubles("discriminated"),
            "discriminated")
        let tape = Tape(.summed)
        let bound = BoundParameters(model.parameters, on: tape)
        expectClose(
            Self.gan.generate(tape.constant(z), bound).value, try golden.doubles("trained_generated"), "in training")
        expectClose(
            Self.gan.discriminate(tape.constant(x), bound).value, try golden.doubles("trained_discriminated"),
            "in training")
        var parameters = model.parameters
        parameters.fold(tape.observations)
        let statistics = parameters.names.filter(Parameters.isStatistic)
        #expect(statistics.count == 6)
        for name in statistics { expectClose(parameters[name], try golden.doubles("after.\(name)"), name) }
    }

    @Test("a small convolutional classifier is PyTorch's") func classifier() throws {
        let golden = try Golden("convolutional")["classifier"]
        let model = try model(.classifier(Self.classifier), golden, ["body."])
        let bound = BoundParameters(model.parameters, on: Tape(.inference))
        let x = bound.tape.constant(try golden.tensor("x"))
        expectClose(Self.classifier.logits(x, bound).value, try golden.doubles("logits"))
        #expect(Self.classifier.features(x, bound).shape == [3, 100])
    }

    @Test("an autoencoder of images that halving does not divide is PyTorch's with output padding")
    func autoencoder() throws {
        let golden = try Golden("convolutional")["autoencoder"]
        let model = try model(.autoencoder(Self.autoencoder), golden, ["encoder.", "decoder."])
        let bound = BoundParameters(model.parameters, on: Tape(.inference))
        let code = Self.autoencoder.encode(bound.tape.constant(try golden.tensor("x")), bound)
        expectClose(code.value, try golden.doubles("code"), "code")
        expectClose(Self.autoencoder.decode(code, bound).value, try golden.doubles("logits"), "logits")
    }

    @Test("a checkpoint that goes out has PyTorch's shapes and numbers") func exported() throws {
        let golden = try Golden("convolutional")["gan"]
        let model = try model(
            .generativeAdversarialNetwork(Self.gan), golden, ["generator.", "discriminator."])
        let file = try model.checkpoint()
        for name in model.parameters.names {
            #expect(try file.array(name).shape == golden.array(name).shape, "\(name)")
            #expect(try file.array(name).doubles == golden.doubles(name), "\(name)")
        }
    }

    @Test("the full DCGAN and the small classifier have as many parameters as their PyTorch counterparts")
    func sizes() {
        let layers = [64, 128].map { Convolutions.Layer(channels: $0, kernel: 4, stride: 2, padding: 1) }
        let gan = GenerativeAdversarialNetwork(
            inputs: 784, generatorHidden: [], discriminatorHidden: [], latents: 64,
            convolutions: Convolutions(height: 28, width: 28, layers: layers, normalisation: .batch))
        let parameters = gan.initialParameters(RandomStream(seed: 1))
        #expect(parameters.filter(["generator."]).scalarCount == 401_408 + 256 + 131_072 + 128 + 1025)
        #expect(parameters.filter(["discriminator."]).scalarCount == 1088 + 131_072 + 256 + 6273)
        let classifier = Classifier(
            inputs: 784, hidden: [], classes: 10,
            convolutions: Convolutions(
                height: 28, width: 28,
                layers: [.init(channels: 16, kernel: 5, stride: 2), .init(channels: 32, kernel: 4, stride: 2)]))
        #expect(classifier.initialParameters(RandomStream(seed: 1)).scalarCount == 416 + 8224 + 8010)
    }

    @Test("what a layer leaves of an image, and what leaves nothing") func sizesOfImages() {
        #expect(Self.autoencoder.convolutions?.sizes.map { [$0.height, $0.width] } == [[11, 14], [5, 7], [3, 4]])
        var convolutions = Convolutions(height: 4, width: 9, layers: [.init(channels: 2, kernel: 5)])
        #expect(!convolutions.isSound)
        convolutions.layers[0].padding = 1
        #expect(convolutions.isSound)
        convolutions.layers[0].padding = 5
        #expect(!convolutions.isSound)
        convolutions.layers = []
        #expect(!convolutions.isSound)
    }

    @Test("groups hold at most sixteen channels and divide them", arguments: [1, 3, 16, 24, 34, 64, 128, 37])
    func groups(_ channels: Int) {
        let groups = Convolutions.Normalisation.groups(channels)
        #expect(channels % groups == 0 && channels / groups <= 16)
        if channels <= 16 { #expect(groups == 1) }
        if channels == 64 { #expect(groups == 4) }
    }

    @Test("the deviation of a convolution's weights is He's") func deviation() {
        let network = Autoencoder(
            inputs: 784, hidden: [], latents: 4,
            convolutions: Convolutions(
                height: 28, width: 28, layers: [64, 128].map { .init(channels: $0, kernel: 4, stride: 2, padding: 1) }))
        let parameters = network.initialParameters(RandomStream(seed: 1))
        // A transposed convolution of kernel 4 and stride 2 sums 4 taps of each channel.
        for (name, variance) in [("encoder.2.weight", 2.0 / 1024), ("decoder.3.weight", 2.0 / 512)] {
            let found = parameters[name].squaredNorm() / Double(parameters[name].count)
            #expect(abs(found / variance - 1) < 0.02, "\(name)")
        }
    }

    @Test("pooling keeps the largest pixel of each square, and the checkpoint numbers and orders as PyTorch does")
    func pooling() throws {
        let network = Classifier(
            inputs: 42, hidden: [], classes: 3,
            convolutions: Convolutions(
                height: 7, width: 6, layers: [.init(channels: 2, kernel: 3, padding: 1, pooling: 2)]))
        let model = Model(untrained: .classifier(network), RandomStream(seed: 1))
        let x = Family.pixels(2, 42)
        let bound = BoundParameters(model.parameters, on: Tape(.inference))
        // Convolution 0, rectifier 1, pooling 2, flattening 3, linear 4; the last row of pixels fills no square.
        let file = try model.checkpoint()
        let kernel = try file.array("body.0.weight")
        let map = try file.array("body.4.weight")
        #expect(kernel.shape == [2, 1, 3, 3] && map.shape == [3, 18])
        let (bias, offset) = try (file.array("body.0.bias").doubles, file.array("body.4.bias").doubles)
        func pixel(_ record: Int, _ channel: Int, _ row: Int, _ column: Int) -> Double {
            var sum = bias[channel]
            for (tap, weight) in kernel.doubles[channel * 9..<channel * 9 + 9].enumerated() {
                let (r, c) = (row + tap / 3 - 1, column + tap % 3 - 1)
                if (0..<7).contains(r), (0..<6).contains(c) { sum += weight * Double(x[record * 42 + r * 6 + c]) }
            }
            return max(sum, 0)
        }
        let weights = map.doubles
        var expected: [Double] = []
        for record in 0..<2 {
            let kept = (0..<18).map { place -> Double in
                let (channel, row, column) = (place / 9, 2 * (place % 9 / 3), 2 * (place % 3))
                return (0..<4).map { pixel(record, channel, row + $0 / 2, column + $0 % 2) }.max() ?? 0
            }
            for output in 0..<3 {
                expected.append((0..<18).reduce(offset[output]) { $0 + weights[output * 18 + $1] * kept[$1] })
            }
        }
        expectClose(network.logits(bound.tape.constant(x), bound).value, expected)
    }

    @Test("two convolutions of three by three with pooling and a hidden layer: the small classifier of the literature")
    func poolingClassifier() {
        let network = Classifier(
            inputs: 784, hidden: [128], classes: 10,
            convolutions: Convolutions(
                height: 28, width: 28,
                layers: [16, 32].map { .init(channels: $0, kernel: 3, padding: 1, pooling: 2) }))
        let parameters = network.initialParameters(RandomStream(seed: 1))
        #expect(parameters["body.7.weight"].shape == [128, 32 * 7 * 7])
        #expect(parameters.scalarCount == 160 + 4640 + 200_832 + 1290)
        // Pooling is no product.
        #expect(Architecture.classifier(network).multiplyAdds == 28 * 28 * 144 + 14 * 14 * 4608 + 200_704 + 1280)
    }
}
