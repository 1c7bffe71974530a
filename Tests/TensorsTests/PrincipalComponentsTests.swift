import Tensors
import Testing

@Suite struct PrincipalComponentsTests {
    /// Records that vary by ±3 along (0.6, 0.8, 0), by ±1 along (0, 0, 1), and not otherwise; their mean is (1, 2, 3).
    private let records = Tensor([2.8, 4.4, 4, 2.8, 4.4, 2, -0.8, -0.4, 4, -0.8, -0.4, 2], shape: [4, 3])

    @Test("Mean, directions, variances and coordinates of records that one can see through")
    func byHand() {
        let components = PrincipalComponents(of: records, components: 2)
        let expected: [Float] = [0.6, 0.8, 0, 0, 0, 1]
        #expect(zip(components.mean.values, [1, 2, 3]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(zip(components.directions.values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(abs(components.variances[0] - 12) < 1e-5 && abs(components.variances[1] - 4.0 / 3) < 1e-5)
        let coordinates = components.project(records).values
        #expect(zip(coordinates, [3, 1, 3, -1, -3, 1, -3, -1]).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test("Directions are orthonormal, and all of them keep distances, over several blocks of records")
    func orthonormal() {
        let records = RandomStream(seed: 4).normalTensor([1500, 6])
        let components = PrincipalComponents(of: records, components: 6)
        let products = matmul(components.directions, components.directions, transposing: .right)
        for i in 0..<6 {
            for j in 0..<6 { #expect(abs(products.row(i)[j] - (i == j ? 1 : 0)) < 1e-5) }
        }
        let few = records.rows(0..<10)
        let projected = components.project(few)
        let (before, after) = (few.squaredDistances(to: few), projected.squaredDistances(to: projected))
        #expect(zip(before.values, after.values).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(components.variances == components.variances.sorted(by: >))
        #expect(abs(components.variances.reduce(0, +) - SymmetricMatrix(covarianceOf: records).trace) < 1e-4)
    }

    @Test("There are no more components than columns, and than records less one")
    func limits() {
        #expect(PrincipalComponents(of: records, components: 40).directions.shape == [3, 3])
        #expect(PrincipalComponents(of: records.rows(0..<2), components: 40).directions.shape == [1, 3])
        #expect(PrincipalComponents(of: records.rows(0..<1), components: 2).directions.shape == [1, 3])
    }
}
