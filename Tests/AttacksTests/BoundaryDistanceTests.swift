import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct BoundaryDistanceTests {
    private let attack = BoundaryDistance(iterations: 10, evaluations: 60, bisections: 16, sizes: 6, clip: false)
    private let width = 6

    /// Records around a half, and starts that are far away in directions of their own.
    private func points() -> (records: Tensor, starts: Tensor) {
        let random = RandomStream(seed: 51)
        return (
            random["records"].uniformTensor([5, width], 0.4, 0.6),
            random["starts"].uniformTensor([5, width], -3, 3)
        )
    }

    @Test("Of a plane, the walk finds the distance that geometry gives, and never less")
    func plane() throws {
        let normal: [Double] = [2, -1, 0.5, 0, 1, -2]
        let length = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
        func height(_ row: [Float]) -> Double { zip(row, normal).reduce(-1.25) { $0 + Double($1.0) * $1.1 } }
        func labels(_ points: Tensor) -> [Int32] { (0..<points.rows).map { height(points.row($0)) > 0 ? 1 : 0 } }
        var (records, starts) = points()
        // Starts on the other side: mirrored through the plane where they are not.
        for row in 0..<5 where labels(starts)[row] == labels(records)[row] {
            let shift = 2 * height(starts.row(row)) / (length * length)
            for column in 0..<width { starts[row * width + column] -= Float(shift * normal[column]) }
        }
        let own = labels(records)
        let exact = (0..<5).map { abs(height(records.row($0))) / length }
        let found = attack.scores(
            records, labels: own, starts: starts, random: RandomStream(seed: 1), ask: labels)
        let bisected = BoundaryDistance(iterations: 0, bisections: 16, clip: false).scores(
            records, labels: own, starts: starts, random: RandomStream(seed: 1), ask: labels)
        for record in 0..<5 {
            #expect(found[record] > exact[record] * 0.999 - 1e-5)
            #expect(found[record] < exact[record] * 1.05, "\(found[record]) for \(exact[record])")
            #expect(bisected[record] > found[record])
        }
        #expect((0..<5).contains { bisected[$0] > exact[$0] * 1.5 })
    }

    @Test("Of a sphere around the records, the walk finds the nearest point from inside")
    func sphere() throws {
        func labels(_ points: Tensor) -> [Int32] {
            (0..<points.rows).map { points.row($0).reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } > 1 ? 1 : 0 }
        }
        let (records, starts) = points()
        // Well off the centre, from where the nearest point is far nearer than the others.
        let outer = (records + -0.5) * 4 + 0.5
        let found = attack.scores(
            outer, labels: labels(outer), starts: starts * 10, random: RandomStream(seed: 1), ask: labels)
        for record in 0..<5 {
            let offset = outer.row(record).reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) }.squareRoot()
            let exact = Double(1 - offset)
            #expect(exact > 0.1 && found[record] > exact - 1e-4)
            #expect(found[record] < exact * 1.1, "\(found[record]) for \(exact)")
        }
    }

    /// Class 1 above the diagonal plane Σx = D/2, or everywhere.
    private func victim(everywhere: Bool = false) -> Model {
        var model = linearClassifier([[Float](repeating: 0, count: width), [Float](repeating: 1, count: width)])
        model.parameters["body.0.bias"] = Tensor([0, everywhere ? 100 : -Float(width) / 2])
        return model
    }

    @Test("A wrong record scores zero, a right one its distance, and every candidate costs the same")
    func game() throws {
        let features = RandomStream(seed: 52)["features"].uniformTensor([70, width])
        let right = (0..<70).map { Int32(features.row($0).reduce(0, +) > Float(width) / 2 ? 1 : 0) }
        var knowledge = Knowledge(
            candidates: Records(features: features, labels: right), population: Records(features: .zeros([0, width])))
        knowledge.candidates.labels?[3] = 1 - right[3]
        let meter = QueryMeter()
        let scores = try BoundaryDistance(iterations: 6).run(
            against: LabelsOnly(to: Victim(victim()), meter: meter), knowing: knowledge,
            random: RandomStream(seed: 1)
        ).values
        #expect(meter.queries == 70 * BoundaryDistance(iterations: 6).queriesPerCandidate)
        #expect(scores[3] == 0)
        for record in 0..<70 where record != 3 {
            let exact = abs(features.row(record).reduce(0, +) - Float(width) / 2) / Float(width).squareRoot()
            // In the unit cube the foot of the perpendicular may lie outside; most do not.
            #expect(scores[record] > Double(exact) * 0.999 - 1e-5)
            if exact < 0.2 { #expect(scores[record] < Double(exact) * 1.25 + 1e-3) }
        }
    }

    @Test("The queries of a candidate are its own, and per step neighbours, sizes and bisections")
    func queries() {
        #expect(BoundaryDistance(iterations: 0, bisections: 7).queriesPerCandidate == 8)
        #expect(
            BoundaryDistance(iterations: 3, evaluations: 10, bisections: 7, sizes: 5).queriesPerCandidate
                == 8 + (10 + 14 + 17) + 3 * 12)
        #expect((200..<500).contains(BoundaryDistance().queriesPerCandidate))
    }

    @Test("A victim that calls all alike puts those it calls right above the others")
    func alike() throws {
        let features = RandomStream(seed: 53)["features"].uniformTensor([4, width])
        let knowledge = Knowledge(
            candidates: Records(features: features, labels: [1, 0, 1, 0]),
            population: Records(features: .zeros([0, width])))
        let scores = try BoundaryDistance(iterations: 1).run(
            against: LabelsOnly(to: Victim(victim(everywhere: true)), meter: QueryMeter()), knowing: knowledge,
            random: RandomStream(seed: 1)
        ).values
        #expect(scores == [Double(width).squareRoot(), 0, Double(width).squareRoot(), 0])
    }
}
