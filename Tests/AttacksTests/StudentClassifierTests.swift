import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct StudentClassifierTests {
    private let random = RandomStream(seed: 12)

    @Test("Of a linear classifier the gradient of a logit is its row of weights")
    func linear() throws {
        let model = Model(untrained: .classifier(Classifier(inputs: 5, hidden: [], classes: 3)), random["model"])
        let student = try StudentClassifier(model)
        let gradients = student.logitGradients(random["x"].normalTensor([300, 5]), of: (0..<300).map { $0 % 3 })
        let name = try #require(model.parameters.names.first { model.parameters[$0].shape == [3, 5] })
        #expect(gradients == model.parameters[name].gatherRows((0..<300).map { $0 % 3 }))
    }

    @Test("Of a network it agrees with differences (1 %), whatever the other records")
    func differences() throws {
        let network = Classifier(inputs: 4, hidden: [12], classes: 3)
        let student = try StudentClassifier(Model(untrained: .classifier(network), random["network"]))
        let x = random["points"].normalTensor([6, 4])
        let labels: [Int32] = [0, 1, 2, 2, 1, 0]
        let gradients = student.logitGradients(x, of: labels)
        let direction = random["direction"].normalTensor([6, 4])
        let (ahead, behind) = (student.logits(x + direction * 1e-3), student.logits(x - direction * 1e-3))
        for row in 0..<6 {
            let column = Int(labels[row])
            let difference = (ahead.row(row)[column] - behind.row(row)[column]) / 2e-3
            let slope = zip(gradients.row(row), direction.row(row)).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(difference - slope) < 0.01 * max(1, abs(slope)), "\(difference) against \(slope)")
        }
        #expect(student.logitGradients(x.rows(2..<3), of: [2]) == gradients.rows(2..<3))
    }

    @Test("Probabilities are those that the model answers with, and agreement counts the likelier classes")
    func answers() throws {
        let arena = try TheftArena.shared()
        let student = try StudentClassifier(arena.victim)
        let records = arena.population.slice(0..<40)
        let answers = try Predictions(to: Victim(arena.victim), meter: QueryMeter()).probabilities(records)
        #expect(largestDifference(student.probabilities(records.requiredFeatures), answers) < 1e-6)
        var asked = records
        asked.targets = answers
        #expect(student.agreement(with: asked) == 1)
        asked.targets = answers * -1
        #expect(student.agreement(with: asked) < 0.2)
        #expect(student.agreement(with: records.slice(0..<0)) == 0)
        #expect(student.probabilities(.zeros([0, 8])).shape == [0, 4])
    }

    @Test("What is no classifier is refused")
    func refused() {
        let other = Model(untrained: .autoencoder(Autoencoder(inputs: 4, hidden: [], latents: 2)), random)
        #expect(throws: ThreatModelError.self) { try StudentClassifier(other) }
    }

    private func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
        (a - b).values.map(abs).max() ?? .infinity
    }
}
