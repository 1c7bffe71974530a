/// A table of texts with a header; a record is one row.
public struct Table: Sendable, Equatable {
    /// The columns' names.
    public let header: [String]
    /// The rows; each has as many cells as the header.
    public let rows: [[String]]

    /// Creates a table.
    ///
    /// - Throws: `DatasetError.invalid` when a name comes twice or a row has another length than the header.
    public init(header: [String], rows: [[String]]) throws {
        guard !header.isEmpty, Set(header).count == header.count else {
            throw DatasetError.invalid(
                what: "a table's header", expected: "different names", found: header.joined(separator: ", "))
        }
        if let row = rows.firstIndex(where: { $0.count != header.count }) {
            throw DatasetError.invalid(
                what: "row \(row + 1) of a table", expected: "\(header.count) cells as in the header",
                found: "\(rows[row].count)")
        }
        (self.header, self.rows) = (header, rows)
    }

    /// Returns the cells of one column.
    ///
    /// - Throws: `DatasetError.invalid` when there is no such column.
    public func column(_ name: String) throws -> [String] {
        guard let index = header.firstIndex(of: name) else {
            throw DatasetError.invalid(
                what: "the column '\(name)'", expected: "one of \(header.joined(separator: ", "))",
                found: "no such name")
        }
        return rows.map { $0[index] }
    }

    /// The names of the columns in which every cell is a finite number.
    public var numericColumns: [String] {
        header.indices.filter { index in rows.allSatisfy { Table.number($0[index]) != nil } }.map { header[$0] }
    }

    /// Returns the rows of the given columns as numbers, shape [rows, columns]; nil means all columns.
    ///
    /// - Throws: `DatasetError.invalid` naming the row (from 1) and the column of a cell that is no finite number.
    public func numericMatrix(columns: [String]? = nil) throws -> [[Double]] {
        let names = columns ?? header
        let parsed = try names.map { name in
            try column(name).enumerated().map { row, cell in
                guard let value = Table.number(cell) else {
                    throw DatasetError.invalid(
                        what: "row \(row + 1), column '\(name)'", expected: "a finite number", found: "'\(cell)'")
                }
                return value
            }
        }
        return rows.indices.map { row in parsed.map { $0[row] } }
    }

    private static func number(_ cell: String) -> Double? {
        let trimmed = cell.drop { $0 == " " }.prefix { $0 != " " }
        guard trimmed.count == cell.count(where: { $0 != " " }), let value = Double(trimmed) else { return nil }
        return value.isFinite ? value : nil
    }
}
