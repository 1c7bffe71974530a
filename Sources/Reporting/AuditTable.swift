public import Auditing

/// What the audits of a run show: lower bounds on epsilon beside the accountant's upper bounds.
public enum AuditTable {
    /// Returns aligned plain text, with the relations that decide how the run ends.
    public static func text(_ findings: Findings) -> String {
        let rows = findings.rows.filter { bound($0, "epsilon-lower@0.95") != nil }
        let table = TextGrid(columns: columns, rows: rows.map(cells))
        let relations = findings.relations.map { [Phrases.outcome($0), $0.isGate ? "gate" : "report", $0.statement] }
        let list = TextGrid(
            columns: [.init(title: "outcome"), .init(title: "kind"), .init(title: "relation", isWrapped: true)],
            rows: relations)
        return "Audits\n\n\(table.aligned())\(legend)\n" + (relations.isEmpty ? "" : "\nRelations\n\n\(list.aligned())")
    }

    private static let legend = """
        ε ≥: lower bounds of one training, at 95 % and 99.9 %. Gaussian: if the claim is one of a Gaussian trade-off.
        ε ≤: the accountant's upper bound; – for a training without privacy.
        """

    private static let columns: [TextGrid.Column] = [
        .init(title: "victim"), .init(title: "adversary", isWrapped: true), .init(title: "right", isNumber: true),
        .init(title: "of", isNumber: true), .init(title: "ε ≥ 95 %", isNumber: true),
        .init(title: "ε ≥ 99.9 %", isNumber: true), .init(title: "Gaussian 95 %", isNumber: true),
        .init(title: "Gaussian 99.9 %", isNumber: true), .init(title: "ε ≤", isNumber: true),
    ]

    private static func cells(_ row: Finding) -> [String] {
        let guesses = bound(row, "guesses") ?? 0
        let right = (bound(row, "right guesses") ?? 0) * guesses
        let names = [
            "epsilon-lower@0.95", "epsilon-lower@0.999", "epsilon-lower-gaussian@0.95", "epsilon-lower-gaussian@0.999",
        ]
        let bounds = names.map { name in bound(row, name).map { Digits.fixed($0, 2) } ?? "–" }
        let adversary = row.attack.split(separator: "/").last.map(String.init) ?? row.attack
        return [row.victim, adversary, Digits.grouped(Int(right.rounded())), Digits.grouped(Int(guesses))] + bounds
            + [row.epsilon.map { Digits.fixed($0.epsilon, 2) } ?? "–"]
    }

    private static func bound(_ row: Finding, _ name: String) -> Double? {
        row.measures.first { $0.name == name }?.value
    }
}
