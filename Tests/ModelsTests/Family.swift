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
    /// Parameters away from their initial values, biases included, so that no gradient vanishes; seeded so that no
    /// rectifier stands on its kink.
    let parameters: Parameters

    var testDescription: String { name }

    init(_ name: String, _ network: any Network, _ records: Records) {
        (self.name, self.network, self.records) = (name, network, records)
        var parameters = network.initialParameters(RandomStream(seed: 1))
        for parameter in parameters.names {
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

    static let all: [Family] = [
        Family(
            "autoencoder", Autoencoder(inputs: 7, hidden: [6, 5], latents: 3), Records(features: pixels(4, 7))),
        Family(
            "autoencoder with targets and dropout", Autoencoder(inputs: 7, hidden: [6], latents: 3, dropout: 0.3),
            Records(features: pixels(4, 7), targets: pixels(4, 7, 9))),
        Family(
            "variational autoencoder", VariationalAutoencoder(inputs: 7, hidden: [6], latents: 2),
            Records(features: pixels(4, 7))),
        Family(
            "GAN", GenerativeAdversarialNetwork(inputs: 7, generatorHidden: [6], discriminatorHidden: [5], latents: 3),
            Records(features: pixels(4, 7))),
        Family(
            "untied transformer", Transformer(vocabulary: 9, context: 8, layers: 2, heads: 2, width: 8),
            Records(tokens: tokens(24, 9), window: 6)),
        Family(
            "tied transformer", Transformer(vocabulary: 9, context: 8, layers: 1, heads: 2, width: 8, isTied: true),
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
