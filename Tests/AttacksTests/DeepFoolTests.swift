import Autograd
import Models
import Tensors
import Testing

@testable import Attacks

@Suite struct DeepFoolTests {
    private let random = RandomStream(seed: 14)

    @Test("Of a linear classifier the distance is that to the nearest plane, times the overshoot (0.1 %)")
    func linear() throws {
        let model = Model(untrained: .classifier(Classifier(inputs: 6, hidden: [], classes: 4)), random["model"])
        let student = try StudentClassifier(model)
        let records = random["records"].normalTensor([40, 6])
        let logits = student.logits(records)
        let name = try #require(model.parameters.names.first { model.parameters[$0].shape == [4, 6] })
        let weights = model.parameters[name]
        let distances = DeepFool().distances(of: records, by: student)
        for row in 0..<40 {
            let values = logits.row(row)
            let own = Int(logits.rowArgmax()[row])
            let planes = (0..<4).filter { $0 != own }.map { other in
                let normal = zip(weights.row(other), weights.row(own)).map { Double($0 - $1) }
                return Double(values[own] - values[other]) / normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
            }
            let nearest = try #require(planes.min())
            #expect(abs(distances[row] - 1.02 * nearest) < 1e-3 * nearest + 1e-5)
        }
    }

    @Test("Of a network the class changes at the distance, and records nearer to a boundary have smaller ones")
    func network() throws {
        let student = try StudentClassifier(TheftArena.shared().victim)
        let records = try TheftArena.shared().test.rows(0..<60)
        let distances = DeepFool(iterations: 30).distances(of: records, by: student)
        #expect(distances.allSatisfy { $0 > 0 && $0 < 2 })
        // By random search: no class changes much nearer, and of the nearest some do not far beyond.
        let own = student.logits(records).rowArgmax()
        let sorted = (0..<60).sorted { distances[$0] < distances[$1] }
        func changes(_ row: Int, _ radius: Float) -> Int {
            var directions = random["directions"][row].normalTensor([50, 8])
            directions.scaleRows(by: directions.rowSquaredNorms().values.map { radius / $0.squareRoot() })
            let points = records.gatherRows([Int](repeating: row, count: 50)) + directions
            return student.logits(points).rowArgmax().count { $0 != own[row] }
        }
        #expect(sorted.allSatisfy { changes($0, Float(distances[$0]) * 0.5) == 0 })
        let near = sorted.prefix(15).reduce(0) { $0 + changes($1, 0.2) }
        let far = sorted.suffix(15).reduce(0) { $0 + changes($1, 0.2) }
        #expect(near > far, "\(near) against \(far)")
    }

    @Test("Where no gradient says whereto, the distance is infinite; blocks do not matter")
    func stuck() throws {
        var model = Model(untrained: .classifier(Classifier(inputs: 3, hidden: [], classes: 2)), random["flat"])
        for name in model.parameters.names { model.parameters[name] = .zeros(model.parameters[name].shape) }
        let flat = try StudentClassifier(model)
        #expect(DeepFool().distances(of: .zeros([3, 3]), by: flat) == [.infinity, .infinity, .infinity])
        let student = try StudentClassifier(TheftArena.shared().victim)
        let records = try TheftArena.shared().test.rows(0..<260)
        let distances = DeepFool().distances(of: records, by: student)
        #expect(distances.count == 260)
        let alone = DeepFool().distances(of: records.rows(257..<258), by: student)
        #expect(abs(distances[257] - alone[0]) < 1e-4 * alone[0])
    }
}
