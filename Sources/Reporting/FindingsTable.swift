public import Auditing
import Statistics

/// Findings as tables to read: plain text for a terminal of 120 columns, and Markdown for a README.
public enum FindingsTable {
    private static let sections: [(title: String, grid: @Sendable (Findings) -> TextGrid)] = [
        ("Victims", victims), ("Membership", membership), ("Membership, further numbers", further),
        ("Other measures", measures),
        ("Relations", relations),
    ]

    /// Returns aligned plain text.
    public static func text(_ findings: Findings) -> String {
        sections.compactMap { section in
            let grid = section.grid(findings).withoutRepetitions
            guard !grid.rows.isEmpty else { return nil }
            return "\(section.title)\n\n\(grid.aligned())" + legend(section.title, findings, separator: "\n")
        }.joined(separator: "\n")
    }

    /// Returns Markdown.
    public static func markdown(_ findings: Findings) -> String {
        sections.compactMap { section in
            let grid = section.grid(findings)
            guard !grid.rows.isEmpty else { return nil }
            let legend = legend(section.title, findings, separator: " ")
            return "**\(section.title)**\n\n\(grid.markdown())" + (legend.isEmpty ? "" : "\n\(legend)")
        }.joined(separator: "\n")
    }

    private static func legend(_ title: String, _ findings: Findings, separator: String) -> String {
        let lines =
            switch title {
            case "Membership": Phrases.legend(for: findings)
            case "Membership, further numbers": Phrases.furtherLegend
            default: [String]()
            }
        return lines.isEmpty ? "" : "\(lines.joined(separator: separator))\n"
    }

    @Sendable private static func victims(_ findings: Findings) -> TextGrid {
        let columns: [TextGrid.Column] = [
            .init(title: "victim"), .init(title: "family", isWrapped: true), .init(title: "defence", isWrapped: true),
            .init(title: "parameters", isNumber: true), .init(title: "records", isNumber: true),
            .init(title: "metric", isWrapped: true), .init(title: "training", isNumber: true),
            .init(title: "held out", isNumber: true), .init(title: "gap", isNumber: true),
            .init(title: "epsilon", isNumber: true, isWrapped: true),
        ]
        let rows = findings.victims.map { victim in
            let utility = Phrases.utility(victim.utility)
            return [
                victim.id, victim.family, victim.defence, Digits.grouped(victim.parameters),
                Digits.grouped(victim.trainingRecords), Phrases.metric(victim.utility), utility.training,
                utility.heldOut, utility.gap, Phrases.epsilon(victim.epsilon),
            ]
        }
        return TextGrid(columns: columns, rows: rows)
    }

    @Sendable private static func membership(_ findings: Findings) -> TextGrid {
        let columns: [TextGrid.Column] = [
            .init(title: "victim"), .init(title: "attack", isWrapped: true), .init(title: "AUC", isNumber: true),
            .init(title: "TPR @ 1 % FPR", isNumber: true), .init(title: "TPR @ 0.1 % FPR", isNumber: true),
            .init(title: "queries", isNumber: true),
        ]
        let rows = findings.rows.compactMap { row in
            row.membership.map { grade in
                [
                    row.victim, Phrases.attack(row), Phrases.auc(grade.auc), Phrases.rate(grade.point(at: 0.01)),
                    Phrases.rate(grade.point(at: 0.001)), Digits.grouped(row.queries),
                ]
            }
        }
        return TextGrid(columns: columns, rows: rows)
    }

    /// The numbers that the first table has no room for, of the grades that have them; controls are in the report.
    @Sendable private static func further(_ findings: Findings) -> TextGrid {
        let columns: [TextGrid.Column] = [
            .init(title: "victim"), .init(title: "attack", isWrapped: true),
            .init(title: "TPR @ 10 % FPR", isNumber: true), .init(title: "TPR, no FP", isNumber: true),
            .init(title: "PPV, 1 in 100", isNumber: true), .init(title: "advantage", isNumber: true),
            .init(title: "ε ≥", isNumber: true),
        ]
        let rows = findings.rows.compactMap { row -> [String]? in
            guard !row.isControl, let grade = row.membership, let advantage = grade.advantage else { return nil }
            return [
                row.victim, Phrases.attack(row), Phrases.rate(grade.point(at: 0.1)), Phrases.rate(grade.point(at: 0)),
                grade.predictiveValue(at: 0.01, prior: 0.01).map { Phrases.share($0.value) } ?? "–",
                Digits.fixed(advantage, 3), Phrases.lowerBound(grade.impliedEpsilon),
            ]
        }
        return TextGrid(columns: columns, rows: rows)
    }

    @Sendable private static func measures(_ findings: Findings) -> TextGrid {
        let columns: [TextGrid.Column] = [
            .init(title: "victim"), .init(title: "attack", isWrapped: true), .init(title: "game"),
            .init(title: "measure", isWrapped: true), .init(title: "value", isNumber: true),
            .init(title: "control", isNumber: true, isWrapped: true), .init(title: "queries", isNumber: true),
        ]
        let rows = findings.rows.flatMap { row in
            let head = [row.victim, Phrases.attack(row), row.game.rawValue]
            let cost = Digits.grouped(row.queries)
            guard !row.measures.isEmpty else {
                return row.membership == nil ? [head + ["none", "–", "–", cost]] : []
            }
            return row.measures.map { measure in
                head + [measure.name, Phrases.value(of: measure), Phrases.control(of: measure), cost]
            }
        }
        return TextGrid(columns: columns, rows: rows)
    }

    @Sendable private static func relations(_ findings: Findings) -> TextGrid {
        let columns: [TextGrid.Column] = [
            .init(title: "outcome"), .init(title: "kind"), .init(title: "relation", isWrapped: true),
            .init(title: "numbers", isWrapped: true),
        ]
        let rows = findings.relations.map {
            [Phrases.outcome($0), $0.isGate ? "gate" : "report", $0.statement, $0.detail]
        }
        return TextGrid(columns: columns, rows: rows)
    }
}

extension TextGrid {
    /// The table with a victim named only where it changes.
    fileprivate var withoutRepetitions: TextGrid {
        guard columns.first?.title == "victim" else { return self }
        var table = self
        for index in rows.indices.dropFirst() where rows[index][0] == rows[index - 1][0] {
            table.rows[index][0] = ""
        }
        return table
    }
}
