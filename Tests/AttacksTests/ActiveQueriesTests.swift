import Foundation
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct ActiveQueriesTests {
    private func pool() throws -> Tensor { try TheftArena.shared().population.requiredFeatures }
    private func student() throws -> StudentClassifier { try StudentClassifier(TheftArena.shared().victim) }

    private func queries(
        _ strategy: ActiveThief.Strategy, considered: Int = 5000, shortlist: Int = 4, heldOut: Int = 0
    ) throws -> ActiveQueries {
        ActiveQueries(
            pool: try pool(), strategy: strategy, considered: considered, shortlist: shortlist, heldOut: heldOut,
            random: RandomStream(seed: 15))
    }

    private let empty = TransferSet(width: 8, classes: 4)

    @Test("The largest entropies are asked, exactly those")
    func entropy() throws {
        var queries = try queries(.entropy)
        let chosen = queries.next(30, after: empty, knowing: try student())
        let probabilities = try student().probabilities(try pool())
        let entropies = (0..<500).map { row in
            probabilities.row(row).map(Double.init).reduce(0.0) { sum, p in p > 0 ? sum - p * log(p) : sum }
        }
        let sorted = (0..<500).sorted { entropies[$0] > entropies[$1] }
        #expect(Set(chosen) == Set(sorted.prefix(30)))
        let next = queries.next(10, after: empty, knowing: try student())
        #expect(Set(next) == Set(sorted[30..<40]), "what has been asked is not asked again")
    }

    @Test("The smallest distances to a boundary are asked, of those considered")
    func deepFool() throws {
        var queries = try queries(.deepFool, considered: 100)
        let random = RandomStream(seed: 15)
        var left = random.permutation(500)
        // Each round considers others, of what is left.
        for round in 0..<2 {
            let chosen = queries.next(10, after: empty, knowing: try student())
            let considered = random["considered"][round].permutation(left.count).prefix(100).map { left[$0] }
            let distances = DeepFool().distances(of: try pool().gatherRows(considered), by: try student())
            let nearest = (0..<100).sorted { distances[$0] < distances[$1] }.prefix(10).map { considered[$0] }
            #expect(Set(chosen) == Set(nearest), "round \(round)")
            left.removeAll { chosen.contains($0) }
        }
    }

    @Test("k-centre asks what is far from all that was asked in the student's probabilities")
    func kCentre() throws {
        var set = empty
        let asked = try pool().rows(0..<40)
        set.append(asked, try student().probabilities(asked))
        var queries = try queries(.kCentre)
        let chosen = queries.next(5, after: set, knowing: try student())
        let order = RandomStream(seed: 15).permutation(500)
        let rows = try student().probabilities(try pool().gatherRows(order))
        #expect(chosen == greedyCentres(5, of: rows, after: try student().probabilities(asked)).map { order[$0] })
    }

    @Test("The combined strategy chooses by k-centre among those nearest to a boundary")
    func combined() throws {
        var (combined, near) = (try queries(.deepFoolKCentre, shortlist: 3), try queries(.deepFool))
        let chosen = combined.next(10, after: empty, knowing: try student())
        let few = near.next(30, after: empty, knowing: try student())
        #expect(Set(chosen).isSubset(of: few) && Set(chosen) != Set(few.prefix(10)))
    }

    @Test(
        "Without a student all strategies ask at random, and held-out positions always do",
        arguments: [
            ActiveThief.Strategy.entropy, .kCentre, .deepFool, .deepFoolKCentre, .random,
        ])
    func random(_ strategy: ActiveThief.Strategy) throws {
        let order = RandomStream(seed: 15).permutation(500)
        var first = try queries(strategy)
        #expect(first.next(20, after: empty, knowing: nil) == Array(order.prefix(20)))
        var second = try queries(strategy, heldOut: 20)
        let half = TransferSet(width: 8, classes: 4, heldOut: 0.5)
        // The second round too: what the first has chosen changes nothing of it.
        var (set, chosen) = (half, [Int]())
        for _ in 0..<2 {
            let next = second.next(20, after: set, knowing: try student())
            let asked = try pool().gatherRows(next)
            set.append(asked, try student().probabilities(asked))
            chosen += next
        }
        #expect((0..<40).filter(half.isHeldOut).map { chosen[$0] } == Array(order.prefix(20)))
        #expect(Set(chosen).count == 40)
    }

    @Test("A pool can be asked to its end", arguments: ActiveThief.Strategy.allCases)
    func exhausted(_ strategy: ActiveThief.Strategy) throws {
        var queries = ActiveQueries(
            pool: try pool().rows(0..<30), strategy: strategy, considered: 5, shortlist: 4, heldOut: 6,
            random: RandomStream(seed: 15))
        let set = TransferSet(width: 8, classes: 4, heldOut: 0.2)
        #expect(set.heldOutCount(30) == 6)
        let chosen = try (0..<3).flatMap { _ in queries.next(10, after: set, knowing: try student()) }
        #expect(chosen.sorted() == Array(0..<30))
    }
}
