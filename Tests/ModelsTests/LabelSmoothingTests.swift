import Autograd
import Models
import Tensors
import Testing

@Suite("Label smoothing")
struct LabelSmoothingTests {
    private let records = Records(features: Tensor([0, 1, 2, 3], shape: [2, 2]), labels: [2, 0])

    @Test("a share of the probability goes to all classes alike")
    func targets() throws {
        let targets = try #require(records.smoothingLabels(by: 0.3, classes: 3).targets)
        #expect(targets.shape == [2, 3])
        for (found, expected) in zip(targets.values, [0.1, 0.1, 0.8, 0.8, 0.1, 0.1] as [Float]) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    @Test("a share of nothing trains as labels do")
    func nothing() {
        let classifier = Classifier(inputs: 2, hidden: [3], classes: 3)
        let parameters = classifier.initialParameters(RandomStream(seed: 1))
        func losses(_ records: Records) -> [Float] {
            let bound = BoundParameters(parameters, on: Tape(.inference), trainable: [])
            return classifier.losses(classifier.phases[0], records, bound, RandomStream(seed: 0)).value.values
        }
        for (found, expected) in zip(losses(records.smoothingLabels(by: 0, classes: 3)), losses(records)) {
            #expect(abs(found - expected) < 1e-6)
        }
        #expect(losses(records.smoothingLabels(by: 0.5, classes: 3)) != losses(records))
    }
}
