import Tensors
import Testing

@testable import Attacks

@Suite struct KMeansTests {
    private let random = RandomStream(seed: 5)

    @Test("Clusters that are far apart are found, and their centres are their means")
    func separated() {
        let centres = Tensor([0, 0, 10, 0, 0, 10], shape: [3, 2])
        let truth = (0..<60).map { $0 % 3 }
        let records = centres.gatherRows(truth) + random["noise"].normalTensor([60, 2], deviation: 0.3)
        let found = KMeans(records, clusters: 3, random: random["starts"])
        // Names of clusters are arbitrary: each true one has one found.
        let pairs = Set(zip(truth, found.clusters).map { [$0, $1] })
        #expect(pairs.count == 3 && Set(found.clusters).count == 3)
        for cluster in 0..<3 {
            let own = records.gatherRows(found.clusters.indices.filter { found.clusters[$0] == cluster })
            let mean = own.sumOfRows() * (1 / Float(own.rows))
            #expect(zip(found.centres.row(cluster), mean.values).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test("No more clusters are made than there are records, and copies share one")
    func few() {
        let two = Tensor([0, 1], shape: [2, 1])
        #expect(Set(KMeans(two, clusters: 5, random: random).clusters).count == 2)
        let copies = Tensor(repeating: 0.5, shape: [9, 4])
        let found = KMeans(copies, clusters: 3, random: random)
        #expect(Set(found.clusters) == [0] && found.centres.values.allSatisfy(\.isFinite))
    }

    @Test("No iteration makes the sum of squared distances larger")
    func descent() {
        let records = random["uniform"].uniformTensor([200, 3])
        let sums = [0, 1, 2, 5, 25].map { iterations in
            let found = KMeans(records, clusters: 6, iterations: iterations, random: random["starts"])
            return records.rowSquaredDistances(found.centres.gatherRows(found.clusters)).sum()
        }
        #expect(zip(sums, sums.dropFirst()).allSatisfy { $0 >= $1 - 1e-6 }, "\(sums)")
        #expect(sums[4] < sums[0])
    }
}
