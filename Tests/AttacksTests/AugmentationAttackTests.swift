import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct AugmentationAttackTests {
    private let size = ImageSize(width: 3, height: 2)

    @Test("A shift moves every channel of a pixel, and what moves in is zero (by hand)")
    func shifts() throws {
        // 3 × 2 pixels of two channels: pixel p holds p and −p, p from 1.
        let image = Tensor((1...6).flatMap { [Float($0), -Float($0)] }, shape: [1, 12])
        func moved(_ right: Int, _ down: Int) throws -> [Float] {
            let values = try AugmentationAttack.shifted(image, size, right: right, down: down).values
            #expect((0..<6).allSatisfy { values[2 * $0 + 1] == -values[2 * $0] })
            return (0..<6).map { values[2 * $0] }
        }
        #expect(try moved(0, 0) == [1, 2, 3, 4, 5, 6])
        #expect(try moved(1, 0) == [0, 1, 2, 0, 4, 5])
        #expect(try moved(-1, 0) == [2, 3, 0, 5, 6, 0])
        #expect(try moved(0, 1) == [0, 0, 0, 1, 2, 3])
        #expect(try moved(-2, -1) == [6, 0, 0, 0, 0, 0])
        #expect(throws: ThreatModelError.self) {
            try AugmentationAttack.shifted(.zeros([1, 7]), size, right: 0, down: 0)
        }
    }

    @Test("There are 1 + 2d(d + 1) shifts up to d pixels, the one by nothing once")
    func counts() {
        for distance in 1...4 {
            let shifts = AugmentationAttack(distance: distance).shifts
            #expect(shifts.count == 1 + 2 * distance * (distance + 1))
            #expect(Set(shifts.map { [$0.right, $0.down] }).count == shifts.count)
            #expect(shifts.allSatisfy { abs($0.right) + abs($0.down) <= distance })
        }
    }

    @Test("The score counts the views that are classified correctly")
    func game() throws {
        // Class 1 where the first pixel is lit: of the five views of a lit pixel in a corner one shows it there.
        var model = linearClassifier([[0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]])
        model.parameters["body.0.bias"] = Tensor([0, -0.5])
        let features = Tensor([1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0], shape: [3, 6])
        var knowledge = Knowledge(
            candidates: Records(features: features, labels: [1, 1, 0]), population: Records(features: .zeros([0, 6])))
        let meter = QueryMeter()
        let access = LabelsOnly(to: Victim(model), meter: meter)
        #expect(throws: ThreatModelError.missingKnowledge("the size of the images", attack: "augmentation")) {
            try AugmentationAttack().run(against: access, knowing: knowledge, random: RandomStream(seed: 1))
        }
        knowledge.imageSize = size
        let scores = try AugmentationAttack().run(against: access, knowing: knowledge, random: RandomStream(seed: 1))
        #expect(scores.values == [1, 3, 4])
        #expect(meter.queries == 15)
        #expect(try AugmentationAttack.scores(predicted: [[1, 0], [1, 1]], labels: [1, 0]) == [2, 1])
    }
}
