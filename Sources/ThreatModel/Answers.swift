import Autograd
package import Models
package import Tensors

/// What a model answers, by family: behind every access, and in the hands of the game that grades.
extension Model {
    /// The number of classes that the generator is told; 0 when it is told none.
    package var generatedClasses: Int {
        if case .variationalAutoencoder(let network) = architecture { network.classes } else { 0 }
    }

    /// Images drawn from the generator, shape [count, pixels].
    ///
    /// A label is the class of all of them; without one, a conditional generator draws each image's class uniformly.
    package func samples(
        _ count: Int, of label: Int32? = nil, _ random: RandomStream
    ) throws(ThreatModelError) -> Tensor {
        let labels = try drawnLabels(count, label, random["class"])
        switch architecture {
        case .generativeAdversarialNetwork(let network):
            let codes = Records(features: random["code"].normalTensor([count, network.latents]))
            return images(of: codes, isConvolutional: network.convolutions != nil) { z, _, bound in
                network.generate(z, bound)
            }
        case .variationalAutoencoder(let network):
            let codes = Records(features: random["code"].normalTensor([count, network.latents]), labels: labels)
            let logits = images(of: codes, isConvolutional: network.convolutions != nil) { z, labels, bound in
                network.decode(z, of: labels, bound)
            }
            return Activation.sigmoid(logits)
        default: throw .unsupported("generator of images", family: architecture.family)
        }
    }

    /// The classes to draw; `nil` where the generator knows none.
    private func drawnLabels(
        _ count: Int, _ label: Int32?, _ random: RandomStream
    ) throws(ThreatModelError) -> [Int32]? {
        let classes = generatedClasses
        guard let label else {
            return classes > 0 ? random.words(count).map { Int32($0 % UInt32(classes)) } : nil
        }
        guard classes > 0 else { throw .unsupported("class to draw", family: architecture.family) }
        guard (0..<classes).contains(Int(label)) else {
            throw .mismatch("class \(label) of a generator of \(classes); they are counted from 0")
        }
        return [Int32](repeating: label, count: count)
    }

    /// Checks that records name the classes that a conditional model reads beside them.
    package func checkLabels(of records: Records) throws(ThreatModelError) {
        let classes = generatedClasses
        guard classes > 0 else { return }
        guard let labels = records.labels else {
            throw .mismatch("a \(architecture.family) of \(classes) classes reads labels, and the records have none")
        }
        if let strange = labels.first(where: { !(0..<classes).contains(Int($0)) }) {
            throw .mismatch("label \(strange) in records for a model of \(classes) classes")
        }
    }

    /// Images of codes; the layers of convolutions are large, so those are drawn in batches.
    private func images(
        of codes: Records, isConvolutional: Bool, _ function: (Variable, [Int32]?, BoundParameters) -> Variable
    ) -> Tensor {
        evaluate(parameters, on: codes, batch: isConvolutional ? 256 : max(codes.count, 1)) {
            function($0.tape.constant($1.requiredFeatures), $1.labels, $0)
        }
    }

    /// The probabilities that the model answers with: see ``Scores/answers(_:)``.
    package func answers(_ records: Records) throws(ThreatModelError) -> Tensor {
        try checkLabels(of: records)
        switch architecture {
        case .autoencoder(let network) where network.codeObjective == nil:
            return evaluate(parameters, on: records) { bound, batch in
                let x = bound.tape.constant(batch.requiredFeatures)
                return activate(network.decode(network.encode(x, bound), bound), .sigmoid)
            }
        case .variationalAutoencoder(let network):
            return evaluate(parameters, on: records) { bound, batch in
                let x = bound.tape.constant(batch.requiredFeatures)
                let (mean, _) = network.posterior(x, of: batch.labels, bound)
                return activate(network.decode(mean, of: batch.labels, bound), .sigmoid)
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
        case .generativeAdversarialNetwork, .decoder, .autoencoder:
            throw .unsupported("probabilities", family: architecture.family)
        }
    }

    /// The codes of the encoder, shape [count, latents].
    package func codes(_ records: Records) throws(ThreatModelError) -> Tensor {
        try checkLabels(of: records)
        switch architecture {
        case .autoencoder(let network):
            return evaluate(parameters, on: records) { bound, batch in
                network.encode(bound.tape.constant(batch.requiredFeatures), bound)
            }
        case .variationalAutoencoder(let network):
            return evaluate(parameters, on: records) { bound, batch in
                network.posterior(bound.tape.constant(batch.requiredFeatures), of: batch.labels, bound).mean
            }
        default: throw .unsupported("encoder", family: architecture.family)
        }
    }
}
