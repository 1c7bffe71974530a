import Models
import Statistics
import Tensors
import ThreatModel

/// How alike two classifiers answer, and how well each does the task.
struct ClassFidelity: TheftYardstick {
    private let heldOut: Records
    private let answers: Tensor

    init(_ victim: Model, _ heldOut: Records) throws(ThreatModelError) {
        (self.heldOut, answers) = (heldOut, try victim.classDistributions(heldOut))
    }

    /// Agreement, divergence, and, where the records have labels, accuracy and how much of the victim's is missing.
    func measures(of model: Model) throws -> [Measure] {
        let found = try model.classDistributions(heldOut)
        guard found.columns == answers.columns else {
            throw ThreatModelError.mismatch("a student of \(found.columns) classes of a victim of \(answers.columns)")
        }
        let (own, theirs) = (found.rowArgmax(), answers.rowArgmax())
        var measures = [
            Measure.rate("agreement", zip(own, theirs).map { $0 == $1 }),
            Measure.mean("KL from the victim", divergences(answers, found), unit: "nats per record"),
        ]
        guard let labels = heldOut.labels else { return measures }
        let (right, victimRight) = (zip(own, labels).map { $0 == $1 }, zip(theirs, labels).map { $0 == $1 })
        measures += [
            .rate("accuracy", right),
            .mean("accuracy gap", zip(victimRight, right).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }),
        ]
        return measures
    }
}

extension Model {
    fileprivate func classDistributions(_ records: Records) throws(ThreatModelError) -> Tensor {
        guard case .classifier(let network) = architecture else {
            throw .unsupported("class distribution", family: architecture.family)
        }
        guard records.features?.columns == network.inputs else {
            throw .mismatch("a classifier of \(network.inputs) inputs for records \(records.features?.shape ?? [])")
        }
        return try answers(records)
    }
}

/// Σ p ln(p/q) of each row, in nats.
///
/// - Shapes: p and q [rows, outcomes], distributions.
func divergences(_ p: Tensor, _ q: Tensor) -> [Double] {
    let tiny: Float = 1e-30
    return (0..<p.rows).map { row in
        zip(p.row(row), q.row(row)).reduce(0.0) { sum, pair in
            guard pair.0 > 0 else { return sum }
            return sum + Double(pair.0) * (logarithm(max(pair.0, tiny)) - logarithm(max(pair.1, tiny)))
        }
    }
}

extension Measure {
    /// The share of records of which something holds, with Clopper and Pearson's interval.
    static func rate(_ name: String, _ outcomes: [Bool]) -> Measure {
        let (successes, trials) = (outcomes.count { $0 }, outcomes.count)
        return Measure(
            name: name, value: Double(successes) / Double(max(trials, 1)),
            interval: trials > 0 ? .clopperPearson(successes: successes, trials: trials, confidence: 0.95) : nil)
    }

    /// The mean over records, with Student's interval where there are two or more.
    static func mean(_ name: String, _ values: [Double], unit: String = "") -> Measure {
        let estimate = try? meanInterval(values, confidence: 0.95)
        return Measure(
            name: name, value: values.reduce(0, +) / Double(max(values.count, 1)), unit: unit,
            interval: estimate?.interval)
    }
}
