import Foundation
import Statistics
import Testing

@testable import Accounting

@Suite("Likely outcomes: the data-dependent cost of noisy votes")
struct LikelyOutcomeTests {
    private struct Golden: Decodable {
        struct Row: Decodable {
            var votes: [Double]
            var threshold: Double?
            var sigma: Double
            var order: Double
            var logError: Double
            var divergence: Double
            var applies: Bool
        }
        var maximum: [Row]
        var threshold: [Row]

        static func read() throws -> Golden {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "Golden/likely-outcome.json")
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        }
    }

    @Test("The error's probability and the divergence are those of the paper's formulas in seven hundred digits")
    func golden() throws {
        let golden = try Golden.read()
        for row in golden.maximum + golden.threshold {
            let outcome =
                try row.threshold.map { try LikelyOutcome.threshold(votes: row.votes, threshold: $0, sigma: row.sigma) }
                ?? LikelyOutcome.noisyMaximum(votes: row.votes, sigma: row.sigma)
            #expect(abs(outcome.logError / row.logError - 1) < 1e-12, "\(row)")
            #expect(abs(outcome.divergence(order: row.order) / row.divergence - 1) < 1e-9, "\(row)")
            let worst = row.order / 2 / outcome.noiseMultiplier / outcome.noiseMultiplier
            #expect((outcome.divergence(order: row.order) < worst) == row.applies, "\(row)")
        }
        #expect(golden.maximum.count(where: \.applies) == 41 && golden.threshold.count(where: \.applies) == 8)
    }

    @Test("The data-dependent divergence is never above the data-independent one, and equal to it when votes tie")
    func worstCase() throws {
        for (votes, sigma) in [([25.0, 25], 5.0), ([20, 20, 10], 9), ([7, 7, 7, 7], 2)] {
            let tied = try LikelyOutcome.noisyMaximum(votes: votes, sigma: sigma)
            for order in [1.5, 2, 8, 64] {
                #expect(abs(tied.divergence(order: order) * sigma * sigma / order - 1) < 1e-12)
            }
        }
        var below = 0
        for winner in stride(from: 0.0, through: 250, by: 5) {
            for sigma in [5.0, 40, 150] {
                let outcome = try LikelyOutcome.noisyMaximum(votes: [winner, (250 - winner) / 2, 20], sigma: sigma)
                for order in RenyiAccountant.defaultOrders {
                    let divergence = outcome.divergence(order: order)
                    #expect(divergence >= 0 && divergence <= order / sigma / sigma * (1 + 1e-12))
                    if divergence < order / sigma / sigma / 2 { below += 1 }
                }
            }
        }
        #expect(below > 100, "the bound was nowhere better, so the test shows nothing")
    }

    /// The probability of each class under GNMax, by quadrature over the noise of the class.
    private func probabilities(_ votes: [Double], _ sigma: Double) -> [Double] {
        votes.indices.map { winner in
            GaussKronrod.integral(over: [-14, -4, 0, 4, 14], relativeTo: 1, tolerance: 1e-15) { x in
                let log = votes.indices.filter { $0 != winner }.reduce(logNormalDensity(x)) {
                    $0 + logNormalCDF(x + (votes[winner] - votes[$1]) / sigma)
                }
                return Foundation.exp(log)
            }
        }
    }

    private func divergence(_ p: [Double], _ q: [Double], _ order: Double) -> Double {
        log(zip(p, q).reduce(0) { $0 + pow($1.0, order) * pow($1.1, 1 - order) }) / (order - 1)
    }

    @Test("No neighbouring vote is told apart by more than the bound, by quadrature over all moves of one vote")
    func neighbours() throws {
        var tightest = 0.0
        for (votes, sigma) in [([30.0, 5, 5], 8.0), ([40, 2, 0], 10), ([25, 15, 4], 6), ([14, 13, 3], 6)] {
            let outcome = try LikelyOutcome.noisyMaximum(votes: votes, sigma: sigma)
            let here = probabilities(votes, sigma)
            #expect(abs(here.reduce(0, +) - 1) < 1e-10)
            let winner = here.max() ?? 0
            #expect(log(1 - winner) <= outcome.logError + 1e-6, "q bounds the probability of another winner")
            for from in 0..<3 where votes[from] > 0 {
                for to in 0..<3 where to != from {
                    var moved = votes
                    (moved[from], moved[to]) = (moved[from] - 1, moved[to] + 1)
                    let there = probabilities(moved, sigma)
                    for order in [1.5, 2, 4, 8, 16] {
                        let lost = divergence(here, there, order)
                        #expect(lost <= outcome.divergence(order: order) * (1 + 1e-6), "\(votes) → \(moved), \(order)")
                        tightest = max(tightest, lost / outcome.divergence(order: order))
                    }
                }
            }
        }
        #expect(tightest > 0.05, "a bound twenty times too large would pass")
    }

    @Test("Unanimous votes far above the noise cost nothing that double precision can tell")
    func certainty() throws {
        let outcome = try LikelyOutcome.noisyMaximum(votes: [1e6, 0], sigma: 1e-3)
        #expect(outcome.divergence(order: 20) == 0)
        let sure = try LikelyOutcome.noisyMaximum(votes: [5000, 0], sigma: 100)
        #expect(sure.divergence(order: 20) < 1e-100 && sure.divergence(order: 20) >= 0)
    }

    @Test("Noise that is not positive and finite is refused", arguments: [0, -1, Double.infinity, .nan])
    func impossible(sigma: Double) {
        #expect(throws: AccountingError.self) { try LikelyOutcome.noisyMaximum(votes: [1, 2], sigma: sigma) }
        #expect(throws: AccountingError.self) { try LikelyOutcome.threshold(votes: [1], threshold: 2, sigma: sigma) }
    }
}
