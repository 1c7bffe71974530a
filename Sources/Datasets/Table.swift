/// A table of texts with a header; a record is one row.
public struct Table: Sendable, Equatable {
    /// What the file says about the cells of a column.
    public enum Domain: Sendable, Equatable {
        /// Nothing: the cells have to tell.
        case undeclared
        /// They are numbers.
        case number
        /// They are among these, in this order.
        case levels([String])
    }

    /// The columns' names.
    public let header: [String]
    /// The rows; each has as many cells as the header.
    public let rows: [[String]]
    /// What the file declares, one per column.
    public let domains: [Domain]

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - header: the columns' names.
    ///   - rows: the cells, row by row.
    ///   - domains: what is declared about the columns, one each; nil means nothing.
    /// - Throws: `DatasetError.invalid` when a name comes twice, a row or the domains have another length than the
    ///   header, or a level comes twice, says that it is missing, or has blanks around it.
    public init(header: [String], rows: [[String]], domains: [Domain]? = nil) throws {
        guard !header.isEmpty, Set(header).count == header.count else {
            throw DatasetError.invalid(
                what: "a table's header", expected: "different names", found: header.joined(separator: ", "))
        }
        if let row = rows.firstIndex(where: { $0.count != header.count }) {
            throw DatasetError.invalid(
                what: "row \(row + 1) of a table", expected: "\(header.count) cells as in the header",
                found: "\(rows[row].count)")
        }
        let domains = domains ?? header.map { _ in .undeclared }
        guard domains.count == header.count else {
            throw DatasetError.invalid(
                what: "a table's domains", expected: "one for each of \(header.count) columns",
                found: "\(domains.count)")
        }
        for (name, domain) in zip(header, domains) {
            guard case .levels(let levels) = domain else { continue }
            let isPlain = levels.allSatisfy { !Table.isMissing($0) && Table.trimmed($0) == $0 }
            guard isPlain, Set(levels).count == levels.count else {
                throw DatasetError.invalid(
                    what: "the levels of column '\(name)'",
                    expected: "different texts without blanks around them, none empty or '?'",
                    found: levels.joined(separator: ", "))
            }
        }
        (self.header, self.rows, self.domains) = (header, rows, domains)
    }

    /// Returns the cells of one column.
    ///
    /// - Throws: `DatasetError.invalid` when there is no such column.
    public func column(_ name: String) throws -> [String] {
        let index = try index(of: name)
        return rows.map { $0[index] }
    }

    /// Returns these rows followed by those of `other`.
    ///
    /// - Throws: `DatasetError.invalid` when the columns differ.
    public func appending(_ other: Table) throws -> Table {
        guard header == other.header, domains == other.domains else {
            throw DatasetError.invalid(
                what: "tables to be joined", expected: "the same columns \(header.joined(separator: ", "))",
                found: other.header.joined(separator: ", "))
        }
        return try Table(header: header, rows: rows + other.rows, domains: domains)
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

    /// Returns whether a cell says that its value is not known: it is empty or a question mark, blanks aside.
    public static func isMissing(_ cell: String) -> Bool {
        let trimmed = trimmed(cell)
        return trimmed.isEmpty || trimmed == "?"
    }

    /// Returns a cell without the blanks around it.
    static func trimmed(_ cell: String) -> String {
        var rest = cell[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return rest.endIndex == cell.endIndex && rest.startIndex == cell.startIndex ? cell : String(rest)
    }

    /// Returns a cell's number if it is a finite one.
    static func number(_ cell: String) -> Double? {
        guard let value = Double(trimmed(cell)), value.isFinite else { return nil }
        return value
    }

    func index(of name: String) throws -> Int {
        guard let index = header.firstIndex(of: name) else {
            throw DatasetError.invalid(
                what: "the column '\(name)'", expected: "one of \(header.joined(separator: ", "))",
                found: "no such name")
        }
        return index
    }
}
