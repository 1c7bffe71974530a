import Foundation
import TestSupport
import Testing

@testable import Accounting
@testable import Statistics

@Suite struct EpsilonAuditTests {
    /// Scores of a Gaussian mechanism with μ: N(μ, 1) when in, N(0, 1) when out, each in by its own fair coin.
    private func audit(mu: Double, candidates: Int, seed: UInt64) throws -> EpsilonAudit {
        var generator = SplitMix64(seed: seed)
        let truth = (0..<candidates).map { _ in Bool.random(using: &generator) }
        let scores = truth.map { isIn in
            normalQuantile(Double.random(in: 1e-12..<1, using: &generator)) + (isIn ? mu : 0)
        }
        return try EpsilonAudit(scores: scores, truth: truth)
    }

    private static let delta = 1e-4
    private static let seeds: UInt64 = 150

    /// How many of the seeds prove more than `claimed`.
    private func violations(
        _ method: AuditMethod, mu: Double, claimed: Double, seeds: UInt64 = Self.seeds,
        _ choice: (UInt64) throws -> EpsilonAudit.Choice
    ) throws -> Int {
        try (0..<seeds).count { seed in
            let statement = try audit(mu: mu, candidates: 200, seed: 2 * seed).statement(
                method, choice: choice(seed), delta: Self.delta, confidence: 0.95)
            return statement.epsilon > claimed
        }
    }

    @Test(
        "A bound exceeds the truth at most as often as it says, however the threshold is chosen; a leakier one's does",
        arguments: [AuditMethod.clopperPearson, .gaussian, .oneRun, .gaussianOneRun])
    func level(method: AuditMethod) throws {
        let truth = try GaussianDP(mu: 1).epsilon(delta: Self.delta)
        let choices: [(UInt64) throws -> EpsilonAudit.Choice] = [
            { _ in .halves }, { seed in .heldOut(try audit(mu: 1, candidates: 200, seed: 2 * seed + 1)) },
            { _ in method.readsGuesses ? .guesses(40) : .bonferroni },
        ]
        for choice in choices {
            // At most 7.5 are expected of 150; 17 is exceeded with probability 6e-4.
            #expect(try violations(method, mu: 1, claimed: truth, choice) <= 17)
        }
        let leaky = try violations(method, mu: 8, claimed: 0.5 * truth, choices[2])
        #expect(leaky > 140, "\(leaky)")
    }

    @Test("A fixed list of guesses shares the error, and still finds a blatant leak")
    func bonferroniOfGuesses() throws {
        let audit = try audit(mu: 9, candidates: 400, seed: 4)
        let best = try audit.statement(.oneRun, delta: 0, confidence: 0.95)
        let count = try #require(best.guesses).guesses
        let fixed = try audit.statement(.oneRun, choice: .guesses(count), delta: 0, confidence: 1 - 0.05 / 6)
        let unpaid = try audit.statement(.oneRun, choice: .guesses(count), delta: 0, confidence: 0.95)
        #expect(best.epsilon == fixed.epsilon && best.epsilon < unpaid.epsilon)
        #expect(best.epsilon > 3.5 && best.confidence == 0.95)
    }

    @Test("Negative control: the best of all thresholds on the counted scores, unpaid, proves a leak where none is")
    func peeking() throws {
        func violations(_ other: (UInt64) throws -> EpsilonAudit) throws -> Int {
            try (0..<Self.seeds).count { seed in
                let audit = try audit(mu: 0, candidates: 200, seed: 2 * seed)
                let statement = try audit.statement(
                    .gaussian, choice: .heldOut(try other(seed)), delta: Self.delta, confidence: 0.8)
                return statement.epsilon > 0
            }
        }
        // At most 30 are expected of 150; 42 are reached with probability 0.01.
        let peeked = try violations { try audit(mu: 0, candidates: 200, seed: 2 * $0) }
        let honest = try violations { try audit(mu: 0, candidates: 200, seed: 2 * $0 + 1) }
        #expect(peeked >= 42 && honest <= 30, "\(peeked) and \(honest)")
    }

    @Test("The credible interval of the threshold's rates holds their epsilon, which is at most the mechanism's")
    func bayesian() throws {
        let truth = try GaussianDP(mu: 1).epsilon(delta: Self.delta)
        // 30 seeds at 2.5 %: 0.75 expected, 5 exceeded with probability 1e-4.
        #expect(try violations(.bayesian, mu: 1, claimed: truth, seeds: 30) { _ in .halves } <= 5)
        let blatant = try audit(mu: 9, candidates: 400, seed: 2).statement(.bayesian, choice: .halves, delta: 1e-5)
        #expect(blatant.epsilon > 3)
        #expect(try #require(blatant.upper) > blatant.epsilon)
    }

    @Test("Equal scores say nothing, although the file lists the members first", arguments: AuditMethod.allCases)
    func ties(method: AuditMethod) throws {
        let audit = try EpsilonAudit(
            scores: Array(repeating: 0, count: 200), truth: (0..<200).map { $0 < 100 })
        for choice in [EpsilonAudit.Choice.bonferroni, .guesses(100)] {
            #expect(try audit.statement(method, choice: choice, delta: 0.05).epsilon == 0)
        }
    }

    @Test("Copies divide: exactly for a Gaussian, by the group's promise otherwise")
    func copies() throws {
        let audit = try audit(mu: 6, candidates: 400, seed: 5)
        func bound(_ method: AuditMethod, _ copies: Int, _ delta: Double) throws -> Double {
            try audit.statement(method, choice: .guesses(400), delta: delta, copies: copies).epsilon
        }
        for method in [AuditMethod.clopperPearson, .oneRun] {
            let (one, four) = (try bound(method, 1, 0), try bound(method, 4, 0))
            #expect(abs(4 * four - one) < 1e-9 && one > 1)
            // With a δ, that of the group is larger, so less is proved.
            let loose = try bound(method, 4, 1e-5)
            #expect(loose < four && loose > 0)
            let group = try groupPrivacy(epsilon: loose, delta: 1e-5, size: 4)
            let again = try audit.statement(method, choice: .guesses(400), delta: group.delta).epsilon
            #expect(abs(again - group.epsilon) < 1e-6)
        }
        let single = try audit.statement(.gaussian, delta: 1e-5)
        let level = 1 - 0.05 / 5
        let mu = try gaussianFit(try #require(single.counts), confidence: level).mu
        #expect(try bound(.gaussian, 3, 1e-5) == GaussianDP(mu: mu / 3).epsilon(delta: 1e-5))
        #expect(try bound(.bayesian, 2, 0) * 2 - bound(.bayesian, 1, 0) < 1e-6)
        #expect(throws: AccountingError.groupSize(0)) { try audit.statement(.oneRun, delta: 0, copies: 0) }
    }

    @Test("Only what holds for every mechanism refutes a claim")
    func refutation() {
        func statement(_ method: AuditMethod) -> AuditStatement {
            AuditStatement(method: method, epsilon: 3, delta: 1e-5, confidence: 0.95, choice: "")
        }
        #expect(statement(.oneRun).refutes(2) && statement(.clopperPearson).refutes(2.999))
        #expect(!statement(.oneRun).refutes(3) && !statement(.gaussian).refutes(1) && !statement(.bayesian).refutes(1))
    }

    @Test("Scores that do not fit the truth, and halves without a class, are refused")
    func edges() throws {
        #expect(throws: StatisticsError.noMember) { try EpsilonAudit(scores: [1, 2], truth: [false, false]) }
        let tiny = try EpsilonAudit(scores: [1, 2, 0], truth: [true, false, false])
        #expect(throws: AccountingError.self) { try tiny.statement(.clopperPearson, choice: .halves, delta: 0) }
        #expect(throws: AccountingError.guesses(canaries: 3, guesses: 4, correct: 0)) {
            try tiny.statement(.oneRun, choice: .guesses(4), delta: 0)
        }
        #expect(throws: AccountingError.confidence(1)) { try tiny.statement(.oneRun, delta: 0, confidence: 1) }
        #expect(throws: AccountingError.delta(0)) { try tiny.statement(.gaussian, delta: 0) }
    }
}
