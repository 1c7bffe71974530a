import Auditing
import Statistics

/// The paragraph at the head of a report: what was attacked, and how far the best attack came.
enum Summary {
    /// Returns the sentences in order.
    static func sentences(_ findings: Findings) -> [String] {
        [scope(findings), strongest(findings), controls(findings)].compactMap { $0 }
    }

    private static func scope(_ findings: Findings) -> String {
        let names = findings.victims.map(\.id).joined(separator: ", ")
        let games = Game.allCases.compactMap { game in
            let count = findings.rows.filter { $0.game == game }.count
            return count > 0 ? "\(count) \(game.rawValue)" : nil
        }
        let data = findings.datasets.map(\.id).joined(separator: ", ")
        return "This run attacked \(plural(findings.victims.count, "victim")) (\(names)) trained on \(data): "
            + "\(plural(findings.rows.count, "graded attack")) (\(games.joined(separator: ", ")))."
    }

    private static func strongest(_ findings: Findings) -> String? {
        let rows = findings.rows.filter { !$0.isControl && $0.membership != nil }
        let best = rows.max { ($0.membership?.auc.value ?? 0) < ($1.membership?.auc.value ?? 0) }
        guard let best, let grade = best.membership else { return nil }
        let point = grade.point(at: 0.01)
        let rate = point.map { $0.resolution == .notResolvable ? "" : ", TPR \(Phrases.rate($0)) at 1 % FPR" } ?? ""
        return "By AUC the strongest membership attack is \(Phrases.attack(best)) on \(best.victim): "
            + "AUC \(Phrases.auc(grade.auc))\(rate)."
    }

    private static func controls(_ findings: Findings) -> String? {
        let grades = findings.rows.filter(\.isControl).compactMap(\.membership)
        guard !grades.isEmpty else { return nil }
        let atChance = grades.filter { $0.auc.interval.contains(0.5) }.count
        return "\(atChance) of \(plural(grades.count, "negative control")) at chance."
    }

    private static func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
