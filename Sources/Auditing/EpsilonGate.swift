public import Accounting
import Foundation

/// The relation that every differentially private victim must satisfy: no lower bound exceeds its upper bound.
public enum EpsilonGate {
    /// Returns one gate per victim that promises an ε and was audited.
    ///
    /// Only bounds that hold for every mechanism count, and only at a δ of at least the promise's, which that implies.
    public static func relations(_ findings: Findings) -> [RelationFinding] {
        findings.victims.compactMap { victim in
            guard let promise = victim.epsilon else { return nil }
            let bounds = findings.rows.filter { $0.victim == victim.id && !$0.isControl }.flatMap { row in
                (row.audits ?? []).filter { $0.method.holdsForEveryMechanism && $0.delta >= promise.delta }
                    .map { (row: row.id, bound: $0) }
            }
            guard let worst = bounds.max(by: { $0.bound.epsilon < $1.bound.epsilon }) else { return nil }
            return RelationFinding(
                statement: "\(victim.id): no lower bound on ε exceeds the accountant's upper bound", isGate: true,
                outcome: worst.bound.refutes(promise.epsilon) ? .violated : .held,
                detail: String(
                    format: "at least %.4g by %@ (%@, %.4g %% confidence, δ = %.2g; the largest of %d), at most %.4g",
                    worst.bound.epsilon, worst.row, worst.bound.method.rawValue, worst.bound.confidence * 100,
                    worst.bound.delta, bounds.count, promise.epsilon))
        }
    }

    /// Returns the largest bound that holds for every mechanism; `nil` without one.
    public static func best(_ audits: [AuditStatement]) -> AuditStatement? {
        audits.filter(\.method.holdsForEveryMechanism).max { $0.epsilon < $1.epsilon }
    }
}
