import Autograd
import Models
import Tensors
import TestSupport
import Testing

/// A tiny instance of a model family with records for it: one line puts a family under contract.
struct Family: Sendable, CustomTestStringConvertible {
    let name: String
    let network: any Network
    let records: Records
    /// Parameters away from their initial values, biases included, so that no gradient vanishes.
    ///
    /// They are seeded so that no rectifier stands on its kink. Running statistics are those of a fresh model.
    let parameters: Parameters

    var testDescription: String { name }

    /// Whether no phase mixes records, so that every loss is one record's own.
    var isUnmixed: Bool { !network.phases.contains(where: \.mixesRecords) }

    init(_ name: String, _ network: any Network, _ records: Records) {
        (self.name, self.network, self.records) = (name, network, records)
        var parameters = network.initialParameters(RandomStream(seed: 1))
        for parameter in parameters.names where !Parameters.isStatistic(parameter) {
            parameters[parameter] = gridTensor(
                parameters[parameter].shape, RandomStream(seed: 9)[parameter], scale: 0.75)
        }
        self.parameters = parameters
    }

    static func pixels(_ count: Int, _ width: Int, _ seed: UInt64 = 3) -> Tensor {
        RandomStream(seed: seed).uniformTensor([count, width])
    }

    static func tokens(_ count: Int, _ vocabulary: Int, _ seed: UInt64 = 4) -> [Int32] {
        RandomStream(seed: seed).words(count).map { Int32($0 % UInt32(vocabulary)) }
    }

    /// Two convolutions of images of 6x5 pixels, the second with a rest that its stride leaves over.
    static func convolutions(_ normalisation: Convolutions.Normalisation, _ activation: Activation = .relu)
        -> Convolutions
    {
        Convolutions(
            height: 6, width: 5,
            layers: [.init(channels: 3, kernel: 3, padding: 1), .init(channels: 4, kernel: 2, stride: 2)],
            normalisation: normalisation, activation: activation)
    }

    static let all: [Family] = [
        Family(
            "convolutional autoencoder with dropout",
            Autoencoder(inputs: 30, hidden: [], latents: 3, dropout: 0.3, convolutions: convolutions(.none, .tanh)),
            Records(features: pixels(4, 30))),
        Family(
            "convolutional autoencoder with group norm and hidden layers",
            Autoencoder(inputs: 30, hidden: [5], latents: 3, convolutions: convolutions(.group, .tanh)),
            Records(features: pixels(4, 30))),
        Family(
            "convolutional autoencoder with batch norm",
            Autoencoder(inputs: 30, hidden: [], latents: 3, convolutions: convolutions(.batch, .tanh)),
            Records(features: pixels(3, 30))),
        Family(
            "convolutional variational autoencoder",
            VariationalAutoencoder(inputs: 30, hidden: [], latents: 2, convolutions: convolutions(.group, .silu)),
            Records(features: pixels(4, 30))),
        Family(
            "convolutional GAN with group norm",
            GenerativeAdversarialNetwork(
                inputs: 30, generatorHidden: [], discriminatorHidden: [], latents: 3,
                convolutions: convolutions(.group, .tanh)),
            Records(features: pixels(2, 30))),
        Family(
            "convolutional classifier",
            Classifier(inputs: 30, hidden: [], classes: 3, convolutions: convolutions(.group, .gelu)),
            Records(features: pixels(4, 30), labels: [2, 0, 1, 1])),
        Family(
            "convolutional classifier with pooling and dropout",
            Classifier(
                inputs: 30, hidden: [5], classes: 3, dropout: 0.3,
                convolutions: Convolutions(
                    height: 6, width: 5,
                    layers: [
                        .init(channels: 3, kernel: 3, padding: 1), .init(channels: 4, kernel: 2, stride: 2, pooling: 2),
                    ], activation: .tanh)),
            Records(features: pixels(4, 30), labels: [2, 0, 1, 1])),
        Family(
            "convolutional classifier with tempered sigmoids and overlapping pooling",
            Classifier(
                inputs: 30, hidden: [5], classes: 3,
                convolutions: Convolutions(
                    height: 6, width: 5,
                    layers: [
                        .init(channels: 3, kernel: 3, padding: 1, pooling: 2, poolingStride: 1),
                        .init(channels: 4, kernel: 2, pooling: 2, poolingStride: 1),
                    ], activation: .temperedSigmoid(scale: 1.6, temperature: 2.5, offset: 0.7))),
            Records(features: pixels(4, 30), labels: [2, 0, 1, 1])),
        Family(
            "linear classifier of scattering features",
            Classifier(
                inputs: 72, hidden: [], classes: 3, scattering: ScatteringFeatures(height: 8, width: 9, groups: 9)),
            Records(features: pixels(4, 72), labels: [2, 0, 1, 1])),
        Family(
            "convolutional classifier of scattering features",
            Classifier(
                inputs: 72, hidden: [], classes: 3,
                convolutions: Convolutions(
                    height: 2, width: 2, channels: 81, layers: [.init(channels: 2, kernel: 2)], activation: .tanh),
                scattering: ScatteringFeatures(height: 8, width: 9)),
            Records(features: pixels(4, 72), labels: [2, 0, 1, 1])),
        Family(
            "convolutional decoder",
            CodeDecoder(inputs: 3, hidden: [], outputs: 30, convolutions: convolutions(.none, .elu)),
            Records(features: pixels(4, 3), targets: pixels(4, 30, 9))),
        Family(
            "autoencoder", Autoencoder(inputs: 7, hidden: [6, 5], latents: 3), Records(features: pixels(4, 7))),
        Family(
            "autoencoder with targets and dropout", Autoencoder(inputs: 7, hidden: [6], latents: 3, dropout: 0.3),
            Records(features: pixels(4, 7), targets: pixels(4, 7, 9))),
        Family(
            "variational autoencoder", VariationalAutoencoder(inputs: 7, hidden: [6], latents: 2),
            Records(features: pixels(4, 7))),
        Family(
            "conditional variational autoencoder of two activations",
            VariationalAutoencoder(inputs: 7, hidden: [6, 5], latents: 2, classes: 3, activations: [.elu, .tanh]),
            Records(features: pixels(4, 7), labels: [2, 0, 1, 1])),
        Family(
            "conditional convolutional variational autoencoder",
            VariationalAutoencoder(
                inputs: 30, hidden: [], latents: 2, convolutions: convolutions(.group, .silu), classes: 3),
            Records(features: pixels(4, 30), labels: [2, 0, 1, 1])),
        Family(
            "GAN", GenerativeAdversarialNetwork(inputs: 7, generatorHidden: [6], discriminatorHidden: [5], latents: 3),
            Records(features: pixels(4, 7))),
        Family(
            "Wasserstein GAN",
            GenerativeAdversarialNetwork(
                inputs: 7, generatorHidden: [6], discriminatorHidden: [5, 4], latents: 3, critic: WassersteinCritic()),
            Records(features: pixels(4, 7))),
        Family(
            "Wasserstein GAN with dropout",
            GenerativeAdversarialNetwork(
                inputs: 7, generatorHidden: [6], discriminatorHidden: [9], latents: 3, dropout: 0.3,
                critic: WassersteinCritic(penalty: 3, steps: 1)),
            Records(features: pixels(4, 7))),
        Family(
            "convolutional Wasserstein GAN",
            GenerativeAdversarialNetwork(
                inputs: 20, generatorHidden: [], discriminatorHidden: [], latents: 3,
                convolutions: Convolutions(
                    height: 5, width: 4,
                    layers: [
                        .init(channels: 2, kernel: 3, stride: 2, padding: 1), .init(channels: 3, kernel: 2),
                    ], activation: .tanh), critic: WassersteinCritic()),
            Records(features: pixels(2, 20, 5))),
        Family(
            "untied transformer", Transformer(vocabulary: 9, context: 8, layers: 2, heads: 2, width: 8),
            Records(tokens: tokens(24, 9), window: 6)),
        Family(
            "tied transformer", Transformer(vocabulary: 9, context: 8, layers: 1, heads: 2, width: 8, isTied: true),
            Records(tokens: tokens(24, 9), window: 6)),
        Family(
            "rotary transformer without biases",
            Transformer(
                vocabulary: 9, context: 8, layers: 2, heads: 2, width: 8, positions: .rotary, norm: .rootMeanSquare,
                activation: .silu, hasBias: false, hasNormBias: false),
            Records(tokens: tokens(24, 9), window: 6)),
        Family(
            "transformer with dropout",
            Transformer(vocabulary: 9, context: 8, layers: 1, heads: 1, width: 8, dropout: 0.2),
            Records(tokens: tokens(24, 9), window: 6)),
        Family(
            "distilled transformer", Transformer(vocabulary: 9, context: 8, layers: 1, heads: 1, width: 8),
            Records(tokens: tokens(24, 9), window: 6, targets: pixels(20, 9).softmax())),
        Family(
            "classifier", Classifier(inputs: 7, hidden: [6], classes: 3),
            Records(features: pixels(4, 7), labels: [2, 0, 1, 1])),
        Family(
            "distilled classifier", Classifier(inputs: 7, hidden: [6], classes: 3, dropout: 0.2),
            Records(features: pixels(4, 7), targets: pixels(4, 3).softmax())),
        Family(
            "decoder", CodeDecoder(inputs: 3, hidden: [6], outputs: 7),
            Records(features: pixels(4, 3), targets: pixels(4, 7, 9))),
    ]

    /// Families whose first phase mixes records.
    ///
    /// The discriminator has too many rectifiers near their kinks for finite differences: its golden outputs and the
    /// others' gradients have to do.
    static let mixed: [Family] =
        all.filter { $0.network.phases[0].mixesRecords } + [
            Family(
                "convolutional GAN with batch norm",
                GenerativeAdversarialNetwork(
                    inputs: 30, generatorHidden: [5], discriminatorHidden: [], latents: 3,
                    convolutions: convolutions(.batch)),
                Records(features: pixels(4, 30)))
        ]

    /// Runs one phase forward, and backward when the tape is for that.
    func run(_ phase: Phase, _ mode: Tape.Mode, _ records: Records, _ parameters: Parameters)
        -> (tape: Tape, losses: Tensor)
    {
        let tape = Tape(mode)
        let bound = BoundParameters(parameters, on: tape, trainable: phase.parameters)
        let losses = network.losses(phase, records, bound, RandomStream(seed: 6)["loss"])
        tape.backward(from: losses)
        return (tape, losses.value)
    }
}
