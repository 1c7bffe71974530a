import Autograd
import Models
import Tensors
import Testing

@testable import ThreatModel

@Suite struct OneHiddenLayerTests {
    private let network = OneHiddenLayer(
        hidden: RealMatrix([1, -1, 0.5, 2], rows: 2, columns: 2), hiddenBias: [0.5, -1],
        output: RealMatrix([1, -2, 0, 3, 1, 1], rows: 3, columns: 2), outputBias: [0, 1, -1])

    @Test("Logits by hand")
    func byHand() {
        let x = RealMatrix([1, 1, 0, 2], rows: 2, columns: 2)
        // max(0, [0.5, 1.5]) and max(0, [−1.5, 3])
        #expect(network.activations(x).elements == [0.5, 1.5, 0, 3])
        #expect(network.logits(x).elements == [-2.5, 5.5, 1, -6, 10, 2])
    }

    @Test("A classifier's parameters there and back, and its answers")
    func model() throws {
        let model = network.model
        #expect(try OneHiddenLayer(model) == network)
        let records = RandomStream(seed: 8).normalTensor([20, 2])
        let logits = network.logits(RealMatrix(records))
        let answers = try model.answers(Records(features: records))
        let labels = (0..<20).map { row in
            Int32(logits.row(row).indices.max { logits[row, $0] < logits[row, $1] } ?? -1)
        }
        #expect(answers.rowArgmax() == labels && Set(labels).count > 1)
    }

    @Test("The access meters each record, and refuses another width and other victims")
    func access() throws {
        let meter = QueryMeter(budget: 3)
        let access = ClassLogits64(to: Victim(network.model), meter: meter)
        let x = RealMatrix([1, 1, 0, 2], rows: 2, columns: 2)
        #expect(try access.inputs == 2)
        #expect(try access.logits(x) == network.logits(x))
        #expect(meter.queries == 2)
        #expect(throws: ThreatModelError.budgetExhausted(asked: 2, left: 1)) { try access.logits(x) }
        #expect(throws: ThreatModelError.mismatch("expected rows of 2 numbers, found 4")) {
            try access.logits(RealMatrix([1, 1, 0, 2], rows: 1, columns: 4))
        }
        let other = Model(
            untrained: .autoencoder(Autoencoder(inputs: 4, hidden: [], latents: 2)), RandomStream(seed: 1))
        #expect(throws: ThreatModelError.unsupported("logits of classes", family: "autoencoder")) {
            try ClassLogits64(to: Victim(other), meter: meter).inputs
        }
        #expect(meter.queries == 2)
    }
}
