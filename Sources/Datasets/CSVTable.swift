public import Foundation
import SwiftCSV

/// Tables from comma-separated values: UTF-8, plain or gzipped, fields quoted by `"` where needed.
public enum CSVTable {
    /// Reads a table whose first line names the columns.
    ///
    /// - Throws: `DatasetError` when the file is missing, not UTF-8, empty, or a row has too few or too many cells.
    public static func table(at file: URL) throws -> Table {
        let text = try TextFolder.text(at: file)
        guard !text.isEmpty else {
            throw DatasetError.malformed(path: file.path, expected: "a header line", found: "an empty file")
        }
        return try table(text, file)
    }

    /// Reads a table of a file without a header line; the blanks around each cell are dropped, and empty lines too.
    ///
    /// - Parameters:
    ///   - file: where it is.
    ///   - header: the columns' names.
    ///   - comment: what lines that are no rows begin with, if there are any.
    /// - Returns: the table.
    /// - Throws: `DatasetError` when the file is missing, not UTF-8, has no rows, or a row has too few or too many
    ///   cells. The row that an error names counts neither comments nor empty lines.
    public static func table(at file: URL, header: [String], comment: String? = nil) throws -> Table {
        let lines = try TextFolder.text(at: file).split(whereSeparator: \.isNewline)
        let body = lines.filter { line in
            !line.allSatisfy { $0 == " " } && !(comment.map { line.hasPrefix($0) } ?? false)
        }
        guard !body.isEmpty else {
            throw DatasetError.malformed(path: file.path, expected: "rows", found: "none")
        }
        let names = header.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
        let table = try table(([names[...]] + body).joined(separator: "\n"), file)
        return try Table(header: table.header, rows: table.rows.map { $0.map(Table.trimmed) })
    }

    private static func table(_ text: String, _ file: URL) throws -> Table {
        var rows: [[String]] = []
        let header: [String]
        do {
            // The library pads short rows when it stores them, so it is asked for the rows one by one.
            let parser = try EnumeratedCSV(string: text, delimiter: .comma, loadColumns: false, rowLimit: 0)
            header = parser.header
            try parser.enumerateAsArray(startAt: 1, rowLimit: nil) { rows.append($0) }
        } catch {
            throw DatasetError.malformed(path: file.path, expected: "comma-separated values", found: "\(error)")
        }
        if let row = rows.firstIndex(where: { $0.count != header.count }) {
            throw DatasetError.malformed(
                path: file.path, expected: "\(header.count) cells in row \(row + 1) as in the header",
                found: "\(rows[row].count)")
        }
        return try Table(header: header, rows: rows)
    }
}
