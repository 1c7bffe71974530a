import Autograd
package import Models
package import Tensors

/// What a model answers, by family: behind every access, and in the hands of the game that grades.
extension Model {
    /// Images drawn from the generator, shape [count, pixels].
    package func samples(_ count: Int, _ random: RandomStream) throws(ThreatModelError) -> Tensor {
        switch architecture {
        case .generativeAdversarialNetwork(let network):
            let codes = random["code"].normalTensor([count, network.latents])
            return images(of: codes, isConvolutional: network.convolutions != nil) { network.generate($0, $1) }
        case .variationalAutoencoder(let network):
            let codes = random["code"].normalTensor([count, network.latents])
            let logits = images(of: codes, isConvolutional: network.convolutions != nil) { network.decode($0, $1) }
            return Activation.sigmoid(logits)
        default: throw .unsupported("generator of images", family: architecture.family)
        }
    }

    /// Images of codes; the layers of convolutions are large, so those are drawn in batches.
    private func images(
        of codes: Tensor, isConvolutional: Bool, _ function: (Variable, BoundParameters) -> Variable
    ) -> Tensor {
        evaluate(parameters, on: Records(features: codes), batch: isConvolutional ? 256 : max(codes.rows, 1)) {
            function($0.tape.constant($1.requiredFeatures), $0)
        }
    }

    /// The probabilities that the model answers with: see ``Scores/answers(_:)``.
    package func answers(_ records: Records) throws(ThreatModelError) -> Tensor {
        switch architecture {
        case .autoencoder(let network):
            return evaluate(parameters, on: records) { bound, batch in
                let x = bound.tape.constant(batch.requiredFeatures)
                return activate(network.decode(network.encode(x, bound), bound), .sigmoid)
            }
        case .variationalAutoencoder(let network):
            return evaluate(parameters, on: records) { bound, batch in
                let (mean, _) = network.posterior(bound.tape.constant(batch.requiredFeatures), bound)
                return activate(network.decode(mean, bound), .sigmoid)
            }
        case .transformer(let network):
            return evaluate(parameters, on: records, batch: 64) { bound, batch in
                let inputs = (0..<batch.count).flatMap {
                    batch.tokens[$0 * batch.window..<($0 + 1) * batch.window - 1]
                }
                return softmax(network.logits(inputs, length: batch.window - 1, bound))
            }
        case .classifier(let network):
            return evaluate(parameters, on: records) { bound, batch in
                softmax(network.logits(bound.tape.constant(batch.requiredFeatures), bound))
            }
        case .generativeAdversarialNetwork, .decoder:
            throw .unsupported("probabilities", family: architecture.family)
        }
    }

    /// The codes of the encoder, shape [count, latents].
    package func codes(_ records: Records) throws(ThreatModelError) -> Tensor {
        switch architecture {
        case .autoencoder(let network):
            return evaluate(parameters, on: records) { bound, batch in
                network.encode(bound.tape.constant(batch.requiredFeatures), bound)
            }
        case .variationalAutoencoder(let network):
            return evaluate(parameters, on: records) { bound, batch in
                network.posterior(bound.tape.constant(batch.requiredFeatures), bound).mean
            }
        default: throw .unsupported("encoder", family: architecture.family)
        }
    }
}
