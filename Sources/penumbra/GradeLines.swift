import Auditing
import Foundation
import Statistics

/// A membership grade for people: every rate with its interval, and what the non-members can resolve.
enum GradeLines {
    /// Returns the rows of a table.
    static func table(_ grade: MembershipGrade) -> [[String]] {
        [
            ["candidates", "\(grade.members) members, \(grade.nonMembers) non-members"],
            ["AUC", estimate(grade.auc)],
        ] + grade.operatingPoints.map { [label("TPR", $0.target), point($0, grade.nonMembers)] }
            + grade.operatingPoints.compactMap(predictiveValues) + [
                ["balanced accuracy", "\(fixed(grade.balancedAccuracy)) (threshold chosen on the truth: optimistic)"]
            ] + chosenOnTruth(grade) + implied(grade)
    }

    private static func label(_ name: String, _ target: Double) -> String {
        target == 0 ? "\(name) without FP" : "\(name) at FPR \(plain(target))"
    }

    private static func plain(_ rate: Double) -> String { String(format: "%g", rate) }

    private static func predictiveValues(_ point: OperatingPoint) -> [String]? {
        let values = point.predictiveValues ?? []
        guard !values.isEmpty else { return nil }
        let parts = values.map { value in
            let interval = value.value.interval
            return
                "\(fixed(value.value.value)) [\(fixed(interval.lower)), \(fixed(interval.upper))] at prior \(value.prior)"
        }
        return [label("PPV", point.target), parts.joined(separator: ", ")]
    }

    private static func chosenOnTruth(_ grade: MembershipGrade) -> [[String]] {
        let advantage = grade.advantage.map {
            ["advantage", "\(fixed($0)) (threshold chosen on the truth: optimistic)"]
        }
        let area = grade.twoSidedAUC.map {
            ["two-sided AUC", "\(estimate($0)) (direction chosen on the truth: optimistic)"]
        }
        return [advantage, area].compactMap { $0 }
    }

    private static func implied(_ grade: MembershipGrade) -> [[String]] {
        guard let implied = grade.impliedEpsilon else { return [] }
        let terms = "at delta \(plain(implied.delta)) and \(plain(implied.confidence * 100)) % confidence; no audit"
        let bound = implied.lowerBound > 0 ? "at least \(fixed(implied.lowerBound))" : "nothing is implied"
        return [["implied epsilon", "\(bound) (\(terms))"]]
    }

    private static func point(_ point: OperatingPoint, _ nonMembers: Int) -> String {
        let resolution = "resolution 1/\(nonMembers)"
        switch point.resolution {
        case .notResolvable: return "not resolvable (\(resolution))"
        case .coarse: return "\(estimate(point.truePositiveRate)), coarse (\(resolution))"
        case .fine: return "\(estimate(point.truePositiveRate)) (\(resolution))"
        }
    }

    private static func estimate(_ estimate: Estimate) -> String {
        let interval = estimate.interval
        let share = String(format: "%g", interval.confidence * 100)
        return "\(fixed(estimate.value)) [\(fixed(interval.lower)), \(fixed(interval.upper))] at \(share) %"
    }

    private static func fixed(_ value: Double) -> String { String(format: "%.4f", value) }
}
