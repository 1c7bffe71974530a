public import Auditing
import Statistics

/// Two runs side by side as plain text for a terminal of 120 columns.
public enum ComparisonTable {
    /// Returns the rows of both runs, what only one has, and what differs in how they were made.
    public static func text(_ comparison: RunComparison, first: String, second: String) -> String {
        let lines = [
            "first: \(first)", "second: \(second)", "",
            comparison.rows.isEmpty ? "no row is in both runs\n" : rows(comparison),
            list("only in the first", comparison.onlyInFirst) + list("only in the second", comparison.onlyInSecond)
                + conditions(comparison.conditions),
        ]
        return lines.joined(separator: "\n")
    }

    private static func rows(_ comparison: RunComparison) -> String {
        let columns: [TextGrid.Column] = [
            .init(title: "row", isWrapped: true), .init(title: "number", isWrapped: true),
            .init(title: "first", isNumber: true), .init(title: "second", isNumber: true),
            .init(title: "difference", isNumber: true), .init(title: "mark"),
        ]
        let rows = comparison.rows.flatMap { row in
            row.numbers.enumerated().map { index, number in
                [
                    index == 0 ? row.id : "", number.name, side(number.first, number.kind),
                    side(number.second, number.kind), difference(number), number.isApart == true ? "apart" : "",
                ]
            }
        }
        return TextGrid(columns: columns, rows: rows).aligned() + legend(comparison) + "\n"
    }

    private static func legend(_ comparison: RunComparison) -> String {
        let apart = comparison.rows.flatMap(\.numbers).count { $0.isApart == true }
        return "Difference: second − first, with an interval that takes the runs to be independent; rates in points.\n"
            + "~ coarse, n.r. not resolvable; apart: the intervals do not overlap (\(apart) here)."
    }

    private static func side(_ side: RunComparison.Side, _ kind: RunComparison.Number.Kind) -> String {
        if side.resolution == .notResolvable { return "n.r." }
        guard let value = side.value else { return "–" }
        let mark = side.resolution == .coarse ? "~" : ""
        switch (kind, side.interval) {
        case (.area, let interval?): return Phrases.auc(Estimate(value, interval))
        case (.rate, let interval?): return mark + Phrases.share(Estimate(value, interval))
        case (_, let interval):
            return Phrases.value(of: Measure(name: "", value: value, interval: interval))
        }
    }

    private static func difference(_ number: RunComparison.Number) -> String {
        guard let difference = number.difference else { return "–" }
        let ends = difference.interval
        func text(_ value: Double) -> String {
            switch number.kind {
            case .area: Digits.fixed(value, 3)
            case .rate: Digits.fixed(value * 100, 1)
            case .measure: Digits.short(value)
            }
        }
        let sign = difference.value > 0 ? "+" : ""
        return "\(sign)\(text(difference.value)) [\(text(ends.lower)), \(text(ends.upper))]"
    }

    private static func list(_ title: String, _ ids: [String]) -> String {
        ids.isEmpty ? "" : "\(title): \(ids.joined(separator: ", "))\n"
    }

    private static func conditions(_ conditions: [RunComparison.Condition]) -> String {
        guard !conditions.isEmpty else { return "Both were made with the same spec, seed, data and environment.\n" }
        return conditions.map { "\($0.name): \($0.first ?? "none") / \($0.second ?? "none")\n" }.joined()
    }
}
