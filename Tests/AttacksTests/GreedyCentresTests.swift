import Tensors
import Testing

@testable import Attacks

@Suite struct GreedyCentresTests {
    @Test("Each choice is the farthest from what was chosen, the first of equals")
    func farthest() {
        let rows = Tensor([0, 1, 4, 9, 10], shape: [5, 1])
        #expect(greedyCentres(3, of: rows, after: Tensor([0], shape: [1, 1])) == [4, 2, 1])
        #expect(greedyCentres(2, of: rows, after: .zeros([0, 1])) == [0, 4])
        #expect(greedyCentres(0, of: rows, after: .zeros([0, 1])) == [])
    }

    @Test("Copies are chosen last, and no row twice")
    func copies() {
        let rows = Tensor([3, 3, 3, 5], shape: [4, 1])
        #expect(greedyCentres(4, of: rows, after: Tensor([0], shape: [1, 1])) == [3, 0, 1, 2])
    }

    @Test("It covers better than a random choice: the farthest row lies nearer")
    func coverage() {
        let random = RandomStream(seed: 6)
        let rows = random["rows"].uniformTensor([200, 2])
        func radius(_ chosen: [Int]) -> Double {
            rows.squaredDistancesToNearest(of: rows.gatherRows(chosen)).max() ?? 0
        }
        let greedy = radius(greedyCentres(12, of: rows, after: .zeros([0, 2])))
        let others = (0..<20).map { radius(Array(random["choice"][$0].permutation(200).prefix(12))) }
        #expect(others.allSatisfy { $0 > greedy })
    }
}
