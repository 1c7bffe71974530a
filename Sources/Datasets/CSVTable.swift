public import Foundation
import SwiftCSV

/// Tables from comma-separated values: UTF-8, a header line, fields quoted by `"` where needed.
public enum CSVTable {
    /// Reads a table.
    ///
    /// - Throws: `DatasetError` when the file is missing, not UTF-8, empty, or a row has too few or too many cells.
    public static func table(at file: URL) throws -> Table {
        let text = try TextFolder.text(at: file)
        guard !text.isEmpty else {
            throw DatasetError.malformed(path: file.path, expected: "a header line", found: "an empty file")
        }
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
