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
        ] + grade.operatingPoints.map { ["TPR at FPR \($0.target)", point($0, grade.nonMembers)] } + [
            ["balanced accuracy", "\(fixed(grade.balancedAccuracy)) (threshold chosen on the truth: optimistic)"]
        ]
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
