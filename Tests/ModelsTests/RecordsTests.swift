import Autograd
import Models
import Tensors
import Testing

@Suite("Records are gathered with all that belongs to them") struct RecordsTests {
    private let vectors = Records(
        features: Tensor((0..<6).map(Float.init), shape: [3, 2]), labels: [7, 8, 9],
        targets: Tensor((0..<6).map { Float($0) + 10 }, shape: [6, 1]))

    @Test("vectors, labels and targets stay together") func gather() {
        let gathered = vectors.gather([2, 0, 2])
        #expect(gathered.count == 3 && vectors.targetRows == 2)
        #expect(gathered.requiredFeatures.values == [4, 5, 0, 1, 4, 5])
        #expect(gathered.labels == [9, 7, 9])
        #expect(gathered.targets?.values == [14, 15, 10, 11, 14, 15])
        #expect(vectors.slice(1..<2).labels == [8] && vectors.slice(1..<2).targets?.values == [12, 13])
    }

    @Test("token windows stay whole") func windows() {
        let records = Records(tokens: [1, 2, 3, 4, 5, 6], window: 2)
        #expect(records.count == 3 && records.gather([2, 0]).tokens == [5, 6, 1, 2])
        #expect(records.slice(0..<0).count == 0)
        #expect(records.texts == [[1, 2], [3, 4], [5, 6]] && vectors.texts.isEmpty)
    }

    @Test("evaluation in batches is evaluation at once", arguments: [1, 2, 3, 100])
    func evaluation(_ batch: Int) {
        let network = CodeDecoder(inputs: 2, hidden: [5], outputs: 4)
        let parameters = network.initialParameters(RandomStream(seed: 1))
        let bound = BoundParameters(parameters, on: Tape(.inference))
        let once = network.decode(bound.tape.constant(vectors.requiredFeatures), bound).value
        let parts = evaluate(parameters, on: vectors, batch: batch) { bound, records in
            network.decode(bound.tape.constant(records.requiredFeatures), bound)
        }
        #expect(parts.shape == [3, 4])
        for index in 0..<12 { #expect(abs(parts[index] - once[index]) < 1e-5) }
        let sums = evaluate(parameters, on: vectors, batch: batch) { bound, records in
            rowSums(bound.tape.constant(records.requiredFeatures))
        }
        #expect(sums == Tensor([1, 5, 9]))
    }
}
