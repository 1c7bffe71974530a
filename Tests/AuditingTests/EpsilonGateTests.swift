import Accounting
import Auditing
import Statistics
import Testing

@Suite struct EpsilonGateTests {
    private func findings(_ bounds: [AuditStatement]?, promise: Double?, isControl: Bool = false) -> Findings {
        let utility = Utility(metric: "loss", unit: "", training: 1, heldOut: 2)
        let epsilon = promise.map { EpsilonStatement(epsilon: $0, delta: 1e-5, assumptions: [:]) }
        let victim = VictimFinding(
            id: "vae", family: "vae", parameters: 1, trainingRecords: 1, steps: 1, defence: "DP-SGD", utility: utility,
            epsilon: epsilon)
        let row = Finding(
            id: "vae/lira", victim: "vae", family: "vae", defence: "DP-SGD", game: .membership, attack: "lira",
            signal: "", membership: nil, measures: [], queries: 0, trainings: 0, utility: utility, epsilon: epsilon,
            isControl: isControl, notes: [], audits: bounds)
        return Findings(
            name: "", seed: 1, spec: "", environment: [:], datasets: [], victims: [victim], rows: [row], relations: [],
            assumptions: [])
    }

    private func bound(_ epsilon: Double, _ method: AuditMethod = .oneRun, delta: Double = 1e-5) -> AuditStatement {
        AuditStatement(method: method, epsilon: epsilon, delta: delta, confidence: 0.95, choice: "fixed")
    }

    @Test("A lower bound above the promise violates the gate, one below holds it; both numbers are told")
    func gate() throws {
        let broken = try #require(EpsilonGate.relations(findings([bound(1), bound(2.5)], promise: 2)).first)
        #expect(broken.isGate && broken.outcome == .violated)
        #expect(
            broken.detail
                == "at least 2.5 by vae/lira (one-run, 95 % confidence, δ = 1e-05; the largest of 2), at most 2")
        #expect(EpsilonGate.relations(findings([bound(2)], promise: 2)).map(\.outcome) == [.held])
    }

    @Test("Fits, smaller deltas, controls, and victims without promise or audit make no gate")
    func others() {
        let fit = [bound(9, .gaussian), bound(9, .bayesian), bound(9, .gaussianOneRun), bound(9, delta: 1e-6)]
        for case (let bounds, let promise, let isControl) in [
            (fit, 2, false), ([bound(9)], nil, false), (nil, 2, false), ([bound(9)], 2, true),
        ] as [([AuditStatement]?, Double?, Bool)] {
            #expect(EpsilonGate.relations(findings(bounds, promise: promise, isControl: isControl)).isEmpty)
        }
        #expect(EpsilonGate.best(fit + [bound(1), bound(3, .clopperPearson)])?.epsilon == 9)
        #expect(EpsilonGate.best([bound(9, .gaussian)]) == nil)
    }
}
