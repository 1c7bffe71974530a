import Accounting
import Auditing
import Statistics

/// The numbers of a membership grade that its row has no room for, as names and texts.
enum GradeDetails {
    /// The rates that the row itself shows.
    private static let shown = [0.01, 0.001]

    /// Returns the pairs in reading order; none for a grade of an older run that shows all it has.
    static func pairs(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        targets(grade) + rates(grade) + predictiveValues(grade) + chosenOnTruth(grade) + epsilon(grade)
            + transfers(grade) + sets(grade)
    }

    private static func targets(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        grade.targets.map { count in
            [.init(key: "Targets", text: "\(count), pooled; the intervals come from leaving out one at a time")]
        } ?? []
    }

    private static func rates(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        grade.operatingPoints.filter { !shown.contains($0.target) }.map { point in
            .init(key: "TPR @ \(Phrases.falsePositives(point.target))", text: rate(point, grade.nonMembers))
        }
    }

    private static func rate(_ point: OperatingPoint, _ nonMembers: Int) -> String {
        let count = Digits.grouped(nonMembers)
        guard point.resolution != .notResolvable else { return "not resolvable with \(count) non-members" }
        let text = Phrases.unmarkedRate(point)
        guard point.target > 0 else { return "\(text) are above all \(count) non-members" }
        let mark = point.resolution == .coarse ? ", coarse" : ""
        return "\(text), realised FPR \(Digits.percent(point.falsePositiveRate))\(mark)"
    }

    private static func predictiveValues(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        grade.operatingPoints.compactMap { point in
            let values = point.predictiveValues ?? []
            guard !values.isEmpty else { return nil }
            let text = values.map { "\(Phrases.share($0.value)) where \(Digits.percent($0.prior)) are members" }
            return .init(key: "PPV @ \(Phrases.falsePositives(point.target))", text: text.joined(separator: " · "))
        }
    }

    private static func chosenOnTruth(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        let advantage = grade.advantage.map {
            ReportPage.Pair(key: "Advantage", text: "\(Digits.fixed($0, 3)), threshold chosen on the truth: optimistic")
        }
        let area = grade.twoSidedAUC.map {
            ReportPage.Pair(
                key: "AUC, better direction", text: "\(Phrases.auc($0)), direction chosen on the truth: optimistic")
        }
        return [advantage, area].compactMap { $0 }
    }

    private static func epsilon(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        guard let implied = grade.impliedEpsilon else { return [] }
        let terms = "δ = \(Digits.short(implied.delta)), \(Digits.short(implied.confidence * 100)) % confidence"
        let text =
            implied.target.map {
                "ε ≥ \(Digits.fixed(implied.lowerBound, 2)) at \(Phrases.falsePositives($0)) (\(terms)); no audit"
            } ?? "nothing: the rates do not rule out ε = 0 (\(terms))"
        return [.init(key: "Implied ε", text: text)]
    }

    /// Returns a lower bound with what it rests on.
    static func pair(_ audit: AuditStatement) -> ReportPage.Pair {
        let bound =
            audit.epsilon > 0 ? "ε ≥ \(Digits.fixed(audit.epsilon, 2))" : "nothing: ε = 0 is not ruled out"
        let terms = "δ = \(Digits.short(audit.delta)), \(Digits.short(audit.confidence * 100)) % confidence"
        return .init(
            key: "Audit, \(audit.method.rawValue)",
            text: "\(bound) (\(terms)); \(audit.choice); \(audit.method.assumption)")
    }

    private static func transfers(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        (grade.transfers ?? []).map { transfer in
            let key = "Threshold from shadows, \(Phrases.falsePositives(transfer.target))"
            guard transfer.resolution != .notResolvable else {
                let count = Digits.grouped(transfer.calibrationNonMembers)
                return .init(key: key, text: "not resolvable with \(count) non-members of the shadows")
            }
            let rates = (Phrases.share(transfer.falsePositiveRate), Phrases.share(transfer.truePositiveRate))
            return .init(key: key, text: "realised FPR \(rates.0), TPR \(rates.1)")
        }
    }

    private static func sets(_ grade: MembershipGrade) -> [ReportPage.Pair] {
        guard let sets = grade.setMembership else { return [] }
        return [
            .init(
                key: "Set membership",
                text: "\(Phrases.share(sets.accuracy)) of pairs of sets of \(Digits.grouped(sets.setSize)) told apart"),
            .init(
                key: "Single membership",
                text: "\(Phrases.share(sets.topHalfAccuracy)) right when the top half is flagged"
            ),
        ]
    }
}
