package import Benchmarks

/// Growth curves as Markdown.
package enum GrowthTable {
    /// Returns a table with a row for each curve: the sizes, time and memory at them, and the fitted exponents.
    package static func markdown(_ results: [GrowthResult], on machine: MachineDescription) -> String {
        let columns: [TextGrid.Column] = [
            .init(title: "grows"), .init(title: "what is measured"), .init(title: "seconds"),
            .init(title: "time ∝ size^", isNumber: true), .init(title: "MB"),
            .init(title: "memory ∝ size^", isNumber: true),
        ]
        let rows = results.map { result in
            [
                "\(result.name): \(list(result.sizes))", result.work, list(result.seconds), exponent(result.time),
                result.megabytes.map(list) ?? "–", result.memory.map(exponent) ?? "–",
            ]
        }
        return "\(machine.line)\n\n\(TextGrid(columns: columns, rows: rows).markdown())"
    }

    private static func list(_ values: [Double]) -> String { values.map(Digits.short).joined(separator: " · ") }

    private static func exponent(_ law: PowerLaw) -> String {
        "\(Digits.fixed(law.exponent, 2)) ± \(Digits.fixed(law.standardError, 2))"
    }
}
