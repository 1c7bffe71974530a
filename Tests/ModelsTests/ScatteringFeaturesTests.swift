import Autograd
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite("Scattering features in front of a classifier") struct ScatteringFeaturesTests {
    private let front = ScatteringFeatures(height: 12, width: 9, groups: 27)
    private let images = RandomStream(seed: 2).uniformTensor([5, 108])

    @Test("each group of an image's channels is brought to mean 0 and variance 1, whatever the other images")
    func groups() {
        let features = front(images)
        #expect(features.shape == [5, front.outputs] && front.outputs == 3 * 2 * 81)
        let raw = Scattering(Extent(12, 9))(images).reshaped([5, front.outputs])
        for image in 0..<5 {
            let (row, scattered) = (features.row(image), raw.row(image))
            for group in 0..<27 {
                let places = (0..<6).flatMap { position in (0..<3).map { position * 81 + group * 3 + $0 } }
                let values = places.map { Double(scattered[$0]) }
                let mean = values.reduce(0, +) / 18
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 18
                for (place, value) in zip(places, values) {
                    let expected = (value - mean) / (variance + 1e-5).squareRoot()
                    #expect(abs(Double(row[place]) - expected) < 1e-3, "image \(image), group \(group)")
                }
            }
            #expect(front(images.rows(image..<image + 1)).values == row)
        }
    }

    @Test("records that were prepared give the same logits and losses as their images, and are not prepared twice")
    func prepared() {
        let network = Classifier(inputs: 108, hidden: [4], classes: 3, scattering: front)
        let records = Records(features: images, labels: [0, 1, 2, 0, 1])
        let prepared = network.prepared(records)
        #expect(prepared.requiredFeatures.columns == front.outputs && prepared.labels == records.labels)
        #expect(network.prepared(prepared).requiredFeatures == prepared.requiredFeatures)
        let parameters = network.initialParameters(RandomStream(seed: 1))
        func losses(_ records: Records) -> Tensor {
            evaluate(parameters, on: records) { bound, batch in
                network.losses(network.phases[0], batch, bound, RandomStream(seed: 0))
            }
        }
        #expect(losses(records) == losses(prepared))
        let plain = Classifier(inputs: 108, hidden: [4], classes: 3)
        #expect(plain.prepared(records).requiredFeatures == images)
    }

    @Test("a checkpoint keeps the front, and one that does not fit is refused") func checkpoint() throws {
        let network = Classifier(inputs: 108, hidden: [], classes: 3, scattering: front)
        let model = Model(untrained: .classifier(network), RandomStream(seed: 1))
        #expect(try Model(checkpoint: try model.checkpoint()) == model)
        #expect(model.architecture.imageSize?.width == 9 && model.architecture.imageSize?.height == 12)
        for wrong in [
            ScatteringFeatures(height: 9, width: 9), ScatteringFeatures(height: 12, width: 9, groups: 2),
            ScatteringFeatures(height: 27, width: 4),
        ] {
            var other = network
            other.scattering = wrong
            var file = try model.checkpoint()
            file.metadata = try Model(.classifier(other), model.parameters).checkpoint().metadata
            #expect(throws: (any Error).self) { try Model(checkpoint: file) }
        }
    }
}
