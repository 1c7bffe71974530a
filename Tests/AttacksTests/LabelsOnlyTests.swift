import Models
import Tensors
import Testing

@testable import ThreatModel

@Suite struct LabelsOnlyTests {
    @Test("Labels are the most probable classes, one query each")
    func labels() throws {
        let arena = try Arena.classifier()
        let meter = QueryMeter(budget: Arena.candidateCount)
        let labels = try LabelsOnly(to: Victim(arena.victim), meter: meter).labels(arena.candidates)
        let probabilities = try Scores(to: Victim(arena.victim), meter: QueryMeter())
            .classProbabilities(arena.candidates)
        let naive = (0..<Arena.candidateCount).map { record in
            let row = probabilities.row(record)
            return Int32(row.indices.max { row[$0] < row[$1] } ?? -1)
        }
        #expect(labels == naive)
        #expect(Set(labels).count == 6)
        #expect(meter.queries == Arena.candidateCount)
        #expect(throws: ThreatModelError.budgetExhausted(asked: 1, left: 0)) {
            try LabelsOnly(to: Victim(arena.victim), meter: meter).labels(arena.candidates.slice(0..<1))
        }
    }

    @Test("What is no classifier has neither labels nor class probabilities, and refusing costs nothing")
    func refused() throws {
        let meter = QueryMeter()
        let model = Model(
            untrained: .autoencoder(Autoencoder(inputs: 4, hidden: [], latents: 2)), RandomStream(seed: 1))
        let records = Records(features: .zeros([3, 4]))
        #expect(throws: ThreatModelError.unsupported("class labels", family: "autoencoder")) {
            try LabelsOnly(to: Victim(model), meter: meter).labels(records)
        }
        #expect(throws: ThreatModelError.unsupported("class probabilities", family: "autoencoder")) {
            try Scores(to: Victim(model), meter: meter).classProbabilities(records)
        }
        #expect(meter.queries == 0)
    }
}
