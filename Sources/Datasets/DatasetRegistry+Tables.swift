import Foundation

extension DatasetRegistry {
    private static let whole = "all"

    /// Loads a table as text: a registered id, `csv:FILE` or `arff:FILE`.
    ///
    /// - Parameters:
    ///   - reference: the id, or the kind and path.
    ///   - split: which part of a registered table: `train`, `test` or `all`; not used for paths.
    ///   - allowFallback: whether a registered table's stand-in will do when it is missing.
    /// - Returns: the table; a registered one has been verified.
    /// - Throws: `DatasetError` when it is missing, damaged, or no table.
    public func table(_ reference: String, split: String = "train", allowFallback: Bool = false) throws -> LoadedTable {
        switch try DatasetReference(reference) {
        case .registered(let id):
            let location = try registered(id, .table, allowFallback)
            let checksum = try verify(location)
            let layout = try layout(location)
            return known(try rows(split, layout, location), location, checksum)
        case .csv(let path):
            let file = URL(filePath: path)
            return own(try CSVTable.table(at: file), reference, try Folder.checksum(of: [file]))
        case .arff(let path):
            let file = URL(filePath: path)
            return own(try ARFFTable.table(at: file), reference, try Folder.checksum(of: [file]))
        default: throw wrongKind(reference, .table)
        }
    }

    /// Loads a table as features that are 0 or 1.
    ///
    /// Levels and bins are those of all rows of the file or, of a registered table, of all its splits: every split
    /// has the same features.
    ///
    /// - Parameters:
    ///   - reference: the id, or the kind and path.
    ///   - split: which part of a registered table: `train`, `test` or `all`; not used for paths.
    ///   - label: the column with the classes; nil means the registered one, or none.
    ///   - bins: how many bins a column of numbers has at most.
    ///   - dropped: the columns that are no features; nil means the registered ones, or none.
    ///   - allowFallback: whether a registered table's stand-in will do when it is missing.
    /// - Returns: the features; the checksum is that of all files of the table.
    /// - Throws: `DatasetError` when it is missing, damaged, no table, or can't be encoded (see `TableEncoding`).
    public func tabular(
        _ reference: String, split: String = "train", label: String? = nil, bins: Int = 8,
        dropping dropped: [String]? = nil, allowFallback: Bool = false
    ) throws -> LoadedTabular {
        let loaded = try table(reference, split: split, allowFallback: allowFallback)
        var (whole, layout): (Table, TableLayout?) = (loaded.content, nil)
        if case .registered(let id) = try DatasetReference(reference) {
            let location = try registered(id, .table, allowFallback)
            let found = try self.layout(location)
            layout = found
            if found.splits[split] != found.splits[Self.whole] { whole = try rows(Self.whole, found, location) }
        }
        let encoding = try TableEncoding(
            whole, label: label ?? layout?.label, bins: bins, dropping: dropped ?? layout?.dropped ?? [])
        return LoadedDataset(
            content: try encoding.encode(loaded.content), checksum: loaded.checksum, id: loaded.id,
            licence: loaded.licence, isFallback: loaded.isFallback)
    }

    private func layout(_ location: Location) throws -> TableLayout {
        guard let layout = location.entry.table else {
            throw DatasetError.invalid(
                what: "the entry of \(location.entry.id) in datasets/registry.json", expected: "the key 'table'",
                found: "none")
        }
        return layout
    }

    private func rows(_ split: String, _ layout: TableLayout, _ location: Location) throws -> Table {
        let tables = try part(split, of: layout.splits, location.entry).map { name in
            try rows(location.url.appending(path: name), layout)
        }
        return try tables.dropFirst().reduce(tables[0]) { try $0.appending($1) }
    }

    private func rows(_ file: URL, _ layout: TableLayout) throws -> Table {
        if file.pathExtension == "arff" { return try ARFFTable.table(at: file) }
        guard let header = layout.header else { return try CSVTable.table(at: file) }
        let table = try CSVTable.table(at: file, header: header, comment: layout.comment)
        guard let ending = layout.labelEnding, let label = layout.label else { return table }
        let index = try table.index(of: label)
        var rows = table.rows
        for row in rows.indices where rows[row][index].hasSuffix(ending) {
            rows[row][index].removeLast(ending.count)
        }
        return try Table(header: table.header, rows: rows, domains: table.domains)
    }
}
