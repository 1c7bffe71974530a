import Tensors
import Testing

@testable import Attacks

@Suite struct MirroredSearchTests {
    private let centres = RandomStream(seed: 2).normalTensor([4, 5])

    private func distances(_ z: Tensor) -> [Double] { z.rowSquaredDistances(centres).values.map(Double.init) }

    @Test("Spheres are descended to single precision, each row to its own centre")
    func sphere() throws {
        let search = MirroredSearch(evaluations: 600)
        let found = try search.minimise(.zeros([4, 5]), RandomStream(seed: 3), distances)
        #expect(found.values.allSatisfy { $0 < 1e-6 })
        #expect(found.values == distances(found.points))
        #expect(zip(found.points.values, centres.values).allSatisfy { abs($0 - $1) < 1e-2 })
    }

    @Test("The evaluations are counted, and more of them are never worse")
    func evaluations() throws {
        var previous = distances(.zeros([4, 5]))
        for evaluations in [0, 1, 2, 10, 50] {
            var count = 0
            let found = try MirroredSearch(evaluations: evaluations).minimise(.zeros([4, 5]), RandomStream(seed: 3)) {
                count += 1
                return distances($0)
            }
            #expect(count == evaluations + 1)
            #expect(zip(found.values, previous).allSatisfy { $0 <= $1 })
            previous = found.values
        }
        #expect(zip(previous, distances(.zeros([4, 5]))).allSatisfy { $0 < $1 })
    }

    @Test("After a failure the opposite direction comes next, and only once")
    func mirrored() throws {
        var points: [[Float]] = []
        // Nothing is better than the start, so every child fails.
        _ = try MirroredSearch(evaluations: 4).minimise(.zeros([1, 3]), RandomStream(seed: 3)) { z in
            points.append(z.values)
            return [points.count == 1 ? 0 : 1]
        }
        // Steps shrink by one factor after each failure, so mirrored children are parallel.
        func ratios(_ a: Int, _ b: Int) -> [Float] { zip(points[b], points[a]).map { $0 / $1 } }
        let (first, second) = (ratios(1, 2), ratios(3, 4))
        #expect(first.allSatisfy { $0 < 0 && abs($0 - first[0]) < 1e-5 })
        #expect(second.allSatisfy { $0 < 0 && abs($0 - first[0]) < 1e-5 })
        #expect(ratios(1, 3).contains { abs($0 - ratios(1, 3)[0]) > 1e-2 })
    }

    @Test("A row's course does not depend on the others nor on its place")
    func independent() throws {
        let order = [2, 0, 3, 1]
        let search = MirroredSearch(evaluations: 60)
        let found = try search.minimise(.zeros([4, 5]), RandomStream(seed: 3), distances)
        let moved = try search.minimise(.zeros([4, 5]), RandomStream(seed: 3)) {
            $0.rowSquaredDistances(centres.gatherRows(order)).values.map(Double.init)
        }
        #expect(moved.points == found.points.gatherRows(order))
    }
}
