import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct GradientNormTests {
    private let images = Records(
        features: RandomStream(seed: 61)["images"].uniformTensor([5, 16]), labels: [0, 2, 1, 0, 2])
    private let windows = Records(tokens: (0..<30).map { Int32(($0 * $0) % 7) }, window: 6)
    private let random = RandomStream(seed: 62)

    /// The norm of each record's gradient, from a pass over that record alone.
    private func naive(
        _ model: Model, _ records: Records, _ loss: (Records, BoundParameters) -> Variable
    ) -> [Double] {
        (0..<records.count).map { record in
            let tape = Tape(.summed)
            let bound = BoundParameters(model.parameters, on: tape)
            tape.backward(from: loss(records.slice(record..<record + 1), bound))
            return tape.parameterGradients().norm
        }
    }

    private func check(
        _ architecture: Architecture, _ records: Records, _ loss: (Records, BoundParameters) -> Variable
    ) throws {
        let model = Model(untrained: architecture, random["model"])
        let scores = try GradientNorm.scores(of: model, on: records, random: random)
        let expected = naive(model, records, loss).map { -$0 }
        #expect(largestError(scores, expected) < 1e-5)
        #expect(Set(scores).count == records.count && scores.allSatisfy { $0 < 0 })
    }

    @Test("The score is minus the norm of the gradient of each record alone, in every family")
    func alone() throws {
        let phase = Phase(name: "model", parameters: [""], touchesData: true)
        let classifier = Classifier(inputs: 16, hidden: [7], classes: 3)
        try check(.classifier(classifier), images) { classifier.losses(phase, $0, $1, random) }
        let autoencoder = Autoencoder(inputs: 16, hidden: [7], latents: 3)
        try check(.autoencoder(autoencoder), images) { autoencoder.losses(phase, $0, $1, random) }
        let transformer = Transformer(vocabulary: 7, context: 5, layers: 1, heads: 2, width: 8, isTied: true)
        try check(.transformer(transformer), windows) { transformer.losses(phase, $0, $1, random) }
        let variational = VariationalAutoencoder(inputs: 16, hidden: [7], latents: 3)
        try check(.variationalAutoencoder(variational), images) { record, bound in
            let losses = (0..<8).map {
                variational.negativeELBO(
                    record.requiredFeatures, noise: random["code"][$0].normalTensor([1, 3]), bound)
            }
            return losses.dropFirst().reduce(losses[0], +) * (1 / 8)
        }
    }

    @Test("Dropout plays no part")
    func dropout() throws {
        for records in [images, windows] {
            func architecture(_ dropout: Float) -> Architecture {
                records.window > 0
                    ? .transformer(
                        Transformer(vocabulary: 7, context: 5, layers: 1, heads: 2, width: 8, dropout: dropout))
                    : .classifier(Classifier(inputs: 16, hidden: [7], classes: 3, dropout: dropout))
            }
            let with = Model(untrained: architecture(0.5), random["model"])
            let without = Model(architecture(0), with.parameters)
            #expect(
                try GradientNorm.scores(of: with, on: records, random: random)
                    == GradientNorm.scores(of: without, on: records, random: random))
        }
    }

    @Test("Under batch norm a record's score does not depend on the others")
    func batchNorm() throws {
        let convolutions = Convolutions(
            height: 4, width: 4,
            layers: [Convolutions.Layer(channels: 4, kernel: 3), Convolutions.Layer(channels: 6, kernel: 2)],
            normalisation: .batch)
        let model = Model(
            untrained: .classifier(Classifier(inputs: 16, hidden: [5], classes: 3, convolutions: convolutions)),
            random["model"])
        let together = try GradientNorm.scores(of: model, on: images, random: random)
        let alone = try (0..<5).flatMap {
            try GradientNorm.scores(of: model, on: images.slice($0..<$0 + 1), random: random)
        }
        #expect(largestError(together, alone) < 1e-5)
        #expect(Set(together).count == 5)
    }

    @Test("A generator has no loss of a single record, and a classifier's records need labels")
    func refused() throws {
        let gan = GenerativeAdversarialNetwork(
            inputs: 16, generatorHidden: [4], discriminatorHidden: [4], latents: 2)
        #expect(throws: ThreatModelError.unsupported("loss of a single record", family: "gan")) {
            try GradientNorm.scores(
                of: Model(untrained: .generativeAdversarialNetwork(gan), random), on: images, random: random)
        }
        let classifier = Model(untrained: .classifier(Classifier(inputs: 16, hidden: [], classes: 3)), random)
        #expect(throws: ThreatModelError.missingKnowledge("the candidates' labels", attack: "gradient-norm")) {
            try GradientNorm.scores(of: classifier, on: Records(features: images.requiredFeatures), random: random)
        }
    }
}
