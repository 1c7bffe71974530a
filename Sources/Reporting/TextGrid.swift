/// A table of text, aligned for a terminal or written as Markdown.
struct TextGrid {
    /// A column's head and behaviour.
    struct Column {
        var title: String
        var isNumber = false
        var isWrapped = false
    }

    var columns: [Column]
    var rows: [[String]]

    private static let gap = "  "
    private static let narrowest = 10

    /// Returns aligned lines; wrapped columns give way until the table is at most `width` wide, if they can.
    func aligned(width: Int = 120) -> String {
        let cells = rows.map { $0.map(Self.singleLine) }
        let widths = fittedWidths(cells, width)
        let heads = line(columns.map(\.title), widths)
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
        return (heads + [rule] + cells.flatMap { line($0, widths) }).joined(separator: "\n") + "\n"
    }

    /// Returns a Markdown table.
    func markdown() -> String {
        let rule = columns.map { $0.isNumber ? "---:" : "---" }
        let lines = [columns.map(\.title), rule] + rows.map { $0.map(Self.markdownCell) }
        return lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
    }

    private func fittedWidths(_ cells: [[String]], _ width: Int) -> [Int] {
        var widths = columns.indices.map { column in
            cells.map { $0[column].count }.reduce(columns[column].title.count, max)
        }
        let available = width - Self.gap.count * (columns.count - 1)
        while widths.reduce(0, +) > available {
            let candidates = columns.indices.filter { columns[$0].isWrapped && widths[$0] > Self.narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> [String] {
        let wrapped = zip(cells, widths).map { Self.wrapped($0, $1) }
        let height = wrapped.map(\.count).max() ?? 0
        return (0..<height).map { index in
            let parts = columns.indices.map { column in
                let text = index < wrapped[column].count ? wrapped[column][index] : ""
                let padding = String(repeating: " ", count: max(0, widths[column] - text.count))
                return columns[column].isNumber ? padding + text : text + padding
            }
            return Self.withoutTrailingSpaces(parts.joined(separator: Self.gap))
        }
    }

    private static func wrapped(_ text: String, _ width: Int) -> [String] {
        guard text.count > width else { return [text] }
        var lines = [""]
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            var rest = word
            let last = lines[lines.count - 1]
            if !last.isEmpty && last.count + 1 + rest.count <= width {
                lines[lines.count - 1] += " \(rest)"
                continue
            }
            if !last.isEmpty {
                lines.append("")
            }
            while rest.count > width {
                lines[lines.count - 1] = String(rest.prefix(width))
                lines.append("")
                rest = rest.dropFirst(width)
            }
            lines[lines.count - 1] = String(rest)
        }
        return lines
    }

    private static func withoutTrailingSpaces(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }

    /// Line breaks and control characters would break the table, or drive the terminal.
    private static func singleLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            line.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return line
    }

    private static func markdownCell(_ text: String) -> String {
        var cell = ""
        for scalar in singleLine(text).unicodeScalars {
            if "|\\<*_~`[".unicodeScalars.contains(scalar) {
                cell.append("\\")
            }
            cell.unicodeScalars.append(scalar)
        }
        return cell
    }
}
