/// How the rows of a table become features that are 0 or 1, and back into text.
///
/// Every column is a group of features. A column of names has one feature per level; a column of numbers has one per
/// bin of `QuantileBins`. Exactly one feature of a group is 1. A value that is missing has a feature of its own, `?`,
/// the group's last, if one is missing in the table that the encoding is made from. A group of a single value is one
/// feature without `?`: 1 where the value is there, 0 where it is missing, as in a table of things bought.
///
/// Levels come in the order that the file declares, else sorted. Levels and bins are taken from all rows of the table,
/// so they say a little about every record, whether or not a model is trained on it: no guarantee of differential
/// privacy covers that.
public struct TableEncoding: Sendable, Equatable {
    /// The features of one column.
    public struct Group: Sendable, Equatable {
        /// The column's name.
        public let name: String
        /// What each feature stands for: a level, the span of a bin, or `?`.
        public let values: [String]
        /// Where the features are in a record.
        public let range: Range<Int>
        /// The bins, if the column holds numbers.
        public let bins: QuantileBins?

        /// Whether the group is one feature that is 0 where the value is missing.
        public var isFlag: Bool { values.count == 1 }
    }

    /// The most levels that a column or label may have; a column of more is rather a name of the record.
    public static let maximumLevels = 1000

    /// The groups, in the order of the table's columns.
    public let groups: [Group]
    /// The column that holds the classes, which is no feature.
    public let label: String?
    /// The names of the classes, in the order of the labels; empty without a label.
    public let classNames: [String]

    /// The number of features.
    public var width: Int { groups.last?.range.upperBound ?? 0 }

    /// Makes the encoding of a table.
    ///
    /// - Parameters:
    ///   - table: the rows that levels and bins are taken from: all of them.
    ///   - label: the column with the classes, if any.
    ///   - bins: how many bins a column of numbers has at most. A column that declares nothing holds numbers if all
    ///     cells that are not missing are numbers.
    ///   - dropped: columns that are to be no features.
    /// - Throws: `DatasetError.invalid` when there is no such column, no column is left, one has no value at all or
    ///   more than `maximumLevels` levels, a declared number is none, or a label is missing.
    /// - Complexity: O(cells · log rows).
    public init(_ table: Table, label: String? = nil, bins: Int = 8, dropping dropped: [String] = []) throws {
        guard bins > 0, !table.rows.isEmpty else {
            throw DatasetError.invalid(
                what: "the encoding of a table", expected: "at least one bin and one row",
                found: "\(bins) bins and \(table.rows.count) rows")
        }
        for name in dropped { _ = try table.index(of: name) }
        let left = Set(dropped).union(label.map { [$0] } ?? [])
        var groups: [Group] = []
        for name in table.header where !left.contains(name) {
            groups.append(try Self.group(try Column(table, name), bins, from: groups.last?.range.upperBound ?? 0))
        }
        guard !groups.isEmpty else {
            throw DatasetError.invalid(
                what: "the encoding of a table", expected: "a column besides the label", found: "none")
        }
        self.groups = groups
        self.label = label
        classNames = try label.map { try Self.classes(try Column(table, $0)) } ?? []
    }

    /// Returns the rows of a table as features and labels; columns are found by their names.
    ///
    /// - Throws: `DatasetError.invalid` naming row and column when a column or label is missing, or a cell is neither a
    ///   known level nor a number where one is needed.
    /// - Complexity: O(rows · width) memory, in bytes.
    public func encode(_ table: Table) throws -> TabularSet {
        let width = width
        var features = [UInt8](repeating: 0, count: table.rows.count * width)
        for group in groups {
            let places = try Self.places(of: try Column(table, group.name), group)
            for (row, place) in places.enumerated() {
                if let place { features[row * width + group.range.lowerBound + place] = 1 }
            }
        }
        let labels = try label.map { try Self.labels(try Column(table, $0), classNames) }
        return try TabularSet(encoding: self, features: features, labels: labels)
    }

    /// Returns the value of each group for one record: the one whose feature is greatest, the first among equals.
    ///
    /// A group is `?` when none of its features is above 0, or when its only feature is below ½.
    ///
    /// - Precondition: there are `width` features; they may be probabilities.
    public func decode(_ features: some Collection<Float>) -> [String] {
        let features = Array(features)
        precondition(features.count == width, "a record of \(width) features")
        return groups.map { group in
            let part = features[group.range]
            let top = part.max() ?? 0
            guard group.isFlag ? top >= 0.5 : top > 0, let place = part.firstIndex(of: top) else { return "?" }
            return group.values[place - group.range.lowerBound]
        }
    }

    /// Returns one line about a record: each column with its value, and of a column of a single value just its name if
    /// the value is there.
    ///
    /// - Precondition: there are `width` features; they may be probabilities.
    public func describe(_ features: some Collection<Float>) -> String {
        let parts = zip(groups, decode(features)).compactMap { group, value in
            group.isFlag ? (value == "?" ? nil : group.name) : "\(group.name) \(value)"
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}

/// A column with what is declared about it; cells without the blanks around them.
private struct Column {
    let name: String
    let domain: Table.Domain
    let cells: [String]

    init(_ table: Table, _ name: String) throws {
        let index = try table.index(of: name)
        (self.name, domain) = (name, table.domains[index])
        cells = table.rows.map { Table.trimmed($0[index]) }
    }

    var present: [String] { cells.filter { !Table.isMissing($0) } }

    var holdsNumbers: Bool {
        switch domain {
        case .number: true
        case .levels: false
        case .undeclared: present.allSatisfy { Table.number($0) != nil }
        }
    }

    /// The different values, in the declared order or else sorted: numbers as numbers.
    func levels() throws -> [String] {
        var levels: [String]
        if case .levels(let declared) = domain { levels = declared } else { levels = Set(present).sorted() }
        guard levels.count <= TableEncoding.maximumLevels else {
            throw DatasetError.invalid(
                what: "the column '\(name)'", expected: "at most \(TableEncoding.maximumLevels) different values",
                found: "\(levels.count); drop it")
        }
        if holdsNumbers { levels.sort { (Table.number($0) ?? 0, $0) < (Table.number($1) ?? 0, $1) } }
        return levels
    }

    /// Returns a cell's number.
    func number(_ row: Int) throws -> Double {
        guard let number = Table.number(cells[row]) else { throw wrong(row, "a finite number") }
        return number
    }

    func wrong(_ row: Int, _ expected: String) -> DatasetError {
        .invalid(what: "row \(row + 1), column '\(name)'", expected: expected, found: "'\(cells[row])'")
    }

    func wrong(_ row: Int, among levels: [String]) -> DatasetError {
        let shown = levels.prefix(8).joined(separator: ", ")
        return wrong(row, "one of \(shown)\(levels.count > 8 ? " and \(levels.count - 8) others" : "")")
    }
}

extension TableEncoding {
    private static func group(_ column: Column, _ limit: Int, from start: Int) throws -> Group {
        var (values, bins): ([String], QuantileBins?)
        let numbers = try column.holdsNumbers ? numbers(of: column) : []
        if !numbers.isEmpty {
            let made = QuantileBins(numbers, atMost: limit)
            (values, bins) = ((0..<made.count).map(made.name), made)
        } else {
            (values, bins) = (try column.levels(), nil)
        }
        guard !values.isEmpty else {
            throw DatasetError.invalid(
                what: "the column '\(column.name)'", expected: "a value in some row", found: "none; drop it")
        }
        if values.count > 1, column.cells.contains(where: Table.isMissing) { values.append("?") }
        return Group(name: column.name, values: values, range: start..<start + values.count, bins: bins)
    }

    private static func numbers(of column: Column) throws -> [Double] {
        try column.cells.indices.compactMap { row in
            Table.isMissing(column.cells[row]) ? nil : try column.number(row)
        }
    }

    /// Which feature of the group is 1 in each row; nil where none is.
    private static func places(of column: Column, _ group: Group) throws -> [Int?] {
        let known = Dictionary(uniqueKeysWithValues: zip(group.values, group.values.indices))
        return try column.cells.indices.map { row in
            let cell = column.cells[row]
            if Table.isMissing(cell) {
                guard group.isFlag || known["?"] != nil else { throw column.wrong(row, "a value") }
                return known["?"]
            }
            if let bins = group.bins { return bins.bin(of: try column.number(row)) }
            guard let place = known[cell] else { throw column.wrong(row, among: group.values) }
            return place
        }
    }

    private static func classes(_ column: Column) throws -> [String] {
        if let row = column.cells.firstIndex(where: Table.isMissing) { throw column.wrong(row, "a label") }
        return try column.levels()
    }

    private static func labels(_ column: Column, _ classNames: [String]) throws -> [Int32] {
        let known = Dictionary(uniqueKeysWithValues: zip(classNames, classNames.indices.map(Int32.init)))
        return try column.cells.indices.map { row in
            guard let label = known[column.cells[row]] else { throw column.wrong(row, among: classNames) }
            return label
        }
    }
}
