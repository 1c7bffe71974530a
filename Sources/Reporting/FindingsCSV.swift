public import Auditing
import Statistics

/// The rows of findings as `findings.csv`: one line per attack on a victim, every number in full precision.
///
/// A rate that cannot be resolved stays empty: a zero there would be read as safety.
///
/// Quoting follows RFC 4180; lines end with a line feed alone, as in every other text file of a run.
public enum FindingsCSV {
    /// How many operating points have columns of their own.
    static let points = 5

    private static let identity = ["id", "victim", "family", "defence", "game", "attack", "signal", "control"]
    private static let grade = [
        "members", "non_members", "auc", "auc_lower", "auc_upper", "auc_confidence", "balanced_accuracy",
        "advantage", "two_sided_auc", "two_sided_auc_lower", "two_sided_auc_upper", "implied_epsilon",
        "implied_epsilon_delta", "implied_epsilon_confidence", "set_size", "set_accuracy", "set_accuracy_lower",
        "set_accuracy_upper", "top_half_accuracy", "top_half_accuracy_lower", "top_half_accuracy_upper", "targets",
        "transfers",
    ]
    private static let priors = MembershipGrade.priors
    private static let point =
        [
            "target_fpr", "realised_fpr", "threshold", "tpr", "tpr_lower", "tpr_upper", "tpr_confidence", "resolution",
        ] + priors.flatMap { prior in ["", "_lower", "_upper"].map { "ppv_\(prior)\($0)" } }
    private static let rest = [
        "measures", "queries", "trainings", "utility_metric", "utility_unit", "utility_training", "utility_held_out",
        "generalisation_gap", "epsilon", "delta", "notes",
    ]

    /// The names of the columns, the same for all findings.
    static var header: [String] {
        identity + grade + (1...points).flatMap { index in point.map { "point\(index)_\($0)" } } + rest
    }

    /// Returns the header and one line per row.
    public static func encode(_ findings: Findings) throws -> String {
        let lines = try [header] + findings.rows.map(fields)
        return lines.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
    }

    private static func fields(of row: Finding) throws -> [String] {
        let first = [
            row.id, row.victim, row.family, row.defence, row.game.rawValue, row.attack, row.signal, "\(row.isControl)",
        ]
        return try first + fields(of: row.membership) + operatingPoints(of: row) + lastFields(of: row)
    }

    private static func fields(of membership: MembershipGrade?) -> [String] {
        guard let membership else { return grade.map { _ in "" } }
        let numbers = ["\(membership.members)", "\(membership.nonMembers)"]
        return numbers + fields(of: membership.auc) + ["\(membership.balancedAccuracy)"]
            + furtherFields(of: membership)
    }

    private static func furtherFields(of grade: MembershipGrade) -> [String] {
        let (implied, sets) = (grade.impliedEpsilon, grade.setMembership)
        let bound = [implied?.lowerBound, implied?.delta, implied?.confidence].map(text)
        let transfers = (grade.transfers ?? []).filter { $0.resolution != .notResolvable }.flatMap { transfer in
            [("fpr", transfer.falsePositiveRate), ("tpr", transfer.truePositiveRate)].flatMap { name, rate in
                zip(["", ".lower", ".upper"], [rate.value, rate.interval.lower, rate.interval.upper]).map {
                    "\(name)@\(transfer.target)\($0)=\($1)"
                }
            }
        }
        return [text(grade.advantage)] + ends(of: grade.twoSidedAUC) + bound
            + [sets.map { "\($0.setSize)" } ?? ""] + ends(of: sets?.accuracy) + ends(of: sets?.topHalfAccuracy)
            + [grade.targets.map { "\($0)" } ?? "", transfers.joined(separator: ";")]
    }

    private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

    /// Value, lower and upper end.
    private static func ends(of estimate: Estimate?) -> [String] {
        [estimate?.value, estimate?.interval.lower, estimate?.interval.upper].map(text)
    }

    private static func fields(of estimate: Estimate) -> [String] {
        ends(of: estimate) + ["\(estimate.interval.confidence)"]
    }

    private static func operatingPoints(of row: Finding) throws -> [String] {
        let found = row.membership?.operatingPoints ?? []
        guard found.count <= points else {
            throw ReportingError.operatingPoints(row: row.id, count: found.count)
        }
        let padding = Array(repeating: "", count: (points - found.count) * point.count)
        return found.flatMap(fields) + padding
    }

    private static func fields(of point: OperatingPoint) -> [String] {
        let threshold = point.threshold.map { "\($0)" } ?? ""
        let isResolved = point.resolution != .notResolvable
        let rate = isResolved ? fields(of: point.truePositiveRate) : Array(repeating: "", count: 4)
        let values = priors.flatMap { prior in
            ends(of: point.predictiveValues?.first { $0.prior == prior }?.value)
        }
        return ["\(point.target)", "\(point.falsePositiveRate)", threshold] + rate + [point.resolution.rawValue]
            + values
    }

    private static func lastFields(of row: Finding) -> [String] {
        let epsilon = row.epsilon.map { ["\($0.epsilon)", "\($0.delta)"] } ?? ["", ""]
        let utility = row.utility
        let measures = row.measures.map(text).joined(separator: ";")
        return [measures, "\(row.queries)", "\(row.trainings)", utility.metric, utility.unit]
            + [utility.training, utility.heldOut, utility.generalisationGap].map { "\($0)" }
            + epsilon + [row.notes.joined(separator: "; ")]
    }

    private static func text(of measure: Measure) -> String {
        var parts = [(measure.name, measure.value)]
        if let interval = measure.interval {
            parts += [("\(measure.name).lower", interval.lower), ("\(measure.name).upper", interval.upper)]
        }
        if let control = measure.control {
            parts.append(("\(measure.name).control", control))
        }
        return parts.map { "\($0)=\($1)" }.joined(separator: ";")
    }

    private static func quoted(_ field: String) -> String {
        let special: Set<Unicode.Scalar> = ["\"", ",", "\n", "\r"]
        guard field.unicodeScalars.contains(where: special.contains) else { return field }
        var text = ""
        for scalar in field.unicodeScalars {
            text.unicodeScalars.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar])
        }
        return "\"\(text)\""
    }
}
