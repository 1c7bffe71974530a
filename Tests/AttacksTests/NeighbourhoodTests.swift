import Datasets
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct NeighbourhoodTests {
    private let proposals = BigramModel(tokens: Arena.windows.tokens, window: 12)
    private let text: [Int32] = [3, 3, 5, 6, 6, 7, 9, 10, 1, 2, 2, 4]

    @Test("The mean of the neighbours' losses minus the record's own")
    func byHand() throws {
        #expect(try Neighbourhood.scores(losses: [1, 4], neighbours: [[2, 4], [4, 3]]) == [2, -0.5])
        #expect(throws: ThreatModelError.self) { try Neighbourhood.scores(losses: [1], neighbours: []) }
        #expect(throws: ThreatModelError.self) { try Neighbourhood.scores(losses: [1], neighbours: [[1, 2]]) }
    }

    @Test(
        "A neighbour differs in exactly as many places as are swapped, never in the first", arguments: [1, 3, 11, 40])
    func swaps(_ swaps: Int) {
        for draw in 0..<50 {
            let other = Neighbourhood.neighbour(
                of: text, swaps: swaps, proposals: proposals, RandomStream(seed: 1)[draw])
            #expect(other.count == text.count && other[0] == text[0])
            #expect(zip(other, text).count { $0 != $1 } == min(swaps, 11))
            #expect(other.allSatisfy(proposals.tokens.contains))
        }
    }

    @Test("Tokens are drawn in proportion to how well they fit between their neighbours")
    func proportions() throws {
        let draws = 4000
        var counts: [Int32: Int] = [:]
        for draw in 0..<draws {
            // With one place to choose from, each draw is of the middle token.
            let other = Neighbourhood.neighbour(
                of: [3, 5], swaps: 1, proposals: proposals, RandomStream(seed: 2)[draw])
            counts[other[1], default: 0] += 1
        }
        var weights = proposals.weights(between: 3, and: nil)
        weights[try #require(proposals.tokens.firstIndex(of: 5))] = 0
        let sum = weights.reduce(0, +)
        for (token, weight) in zip(proposals.tokens, weights) {
            let (share, expected) = (Double(counts[token, default: 0]) / Double(draws), weight / sum)
            // Five deviations of a share of 4,000 draws.
            #expect(abs(share - expected) <= 5 * (expected * (1 - expected) / Double(draws)).squareRoot())
        }
    }

    @Test("Where the model knows no other token, and in a text of one token, nothing can be swapped")
    func nothingToSwap() {
        let single = BigramModel(tokens: [5, 5], window: 2)
        let random = RandomStream(seed: 1)
        #expect(Neighbourhood.neighbour(of: [5, 5, 5], swaps: 2, proposals: single, random) == [5, 5, 5])
        #expect(Neighbourhood.neighbour(of: [4], swaps: 2, proposals: proposals, random) == [4])
    }

    @Test("Settings: 25 neighbours of one swap each unless told otherwise")
    func settings() throws {
        var empty = AttackSettings()
        let attack = try Neighbourhood(&empty)
        #expect(attack.neighbours == 25 && attack.swaps == 1)
        var none = AttackSettings(["swaps": .number(0)])
        #expect(throws: AttackSettingsError.self) { try Neighbourhood(&none) }
    }
}
