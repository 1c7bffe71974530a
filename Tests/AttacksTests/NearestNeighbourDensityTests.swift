import Tensors
import Testing

@testable import Attacks

@Suite struct NearestNeighbourDensityTests {
    @Test("Radii and log-densities are those of the sorted distances (numpy)")
    func golden() {
        let three = NearestNeighbourDensity(fitting: PlaneGolden.records, neighbours: 3)
        let radii = [
            1.0307764064044151, 1.346291201783626, 4.47213595499958, 25.200446424617162, 0.7905694150420949,
        ]
        let densities = [
            -3.507939600659881, -4.042022086590139, -6.443047252397437, -9.901038398089547, -2.9773113495977106,
        ]
        #expect(largestError(three.radii(of: PlaneGolden.points), radii) < 1e-6)
        #expect(largestError(three.logDensities(of: PlaneGolden.points), densities) < 1e-6)
    }

    @Test("In space the ball is one of three dimensions: one record of one in 4π/3·2³")
    func ball() {
        let density = NearestNeighbourDensity(fitting: .zeros([1, 3]))
        let found = density.logDensities(of: Tensor([0, 2, 0], shape: [1, 3]))
        #expect(largestError(found, [-3.511853499981017]) < 1e-6)
    }

    @Test("A copy of a record has a high density, not an infinite one")
    func copy() {
        let one = NearestNeighbourDensity(fitting: PlaneGolden.records, neighbours: 1)
        #expect(one.radii(of: PlaneGolden.points)[0] == 0)
        #expect(largestError([one.logDensities(of: PlaneGolden.points)[0]], [23.085093848416992]) < 1e-9)
    }

    @Test("Neighbours are found across blocks, and there are no more of them than records")
    func blocks() {
        let records = RandomStream(seed: 3).normalTensor([2500, 3])
        let points = RandomStream(seed: 4).normalTensor([6, 3])
        let found = NearestNeighbourDensity(fitting: records, neighbours: 7).radii(of: points)
        let sorted = (0..<6).map { point in
            let distances = (0..<2500).map { record in
                zip(points.row(point), records.row(record)).reduce(0.0) {
                    $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
                }
            }
            return distances.sorted()[6].squareRoot()
        }
        #expect(largestError(found, sorted) < 1e-5)
        #expect(NearestNeighbourDensity(fitting: PlaneGolden.records, neighbours: 99).neighbours == 30)
    }
}
