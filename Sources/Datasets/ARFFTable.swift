public import Foundation

/// Tables in Weka's attribute-relation file format: UTF-8, plain or gzipped, with dense or sparse rows.
///
/// Attributes may be nominal, `numeric`, `real`, `integer` or `string`. A missing value is the cell `?`. In a sparse
/// row an attribute that is not named is the number 0 or its first level. `%` begins a comment wherever it is not quoted.
/// Dates, nested relations and weights of rows are errors.
///
/// Reference: I. H. Witten, E. Frank, M. A. Hall and C. J. Pal, *Data Mining*, 4th edition, 2017, section 2.4.
public enum ARFFTable {
    /// Reads a table; nominal and numeric attributes become its declared domains.
    ///
    /// - Throws: `DatasetError`, with the line where there is one, when the file is missing, is not UTF-8, has no
    ///   attributes, declares what is not supported, or a row has too few or too many cells, an unknown level or what is no number.
    public static func table(at file: URL) throws -> Table {
        var reader = Reader(path: file.path)
        for line in try TextFolder.text(at: file).utf8.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == UInt8(ascii: "\n") })
        {
            try reader.read(line)
        }
        return try reader.table()
    }

    /// An attribute with quick access to its levels.
    private struct Attribute {
        var name: String
        var domain: Table.Domain
        /// The levels, if it is nominal.
        var levels: Set<String> = []

        /// What a sparse row means where it does not name the attribute.
        var absent: String? {
            switch domain {
            case .levels(let levels): levels.first
            case .number: "0"
            case .undeclared: nil
            }
        }

        var expectation: String {
            guard case .levels(let levels) = domain else { return "a finite number" }
            let shown = levels.prefix(8).joined(separator: ", ")
            return "one of \(shown)\(levels.count > 8 ? " and \(levels.count - 8) others" : "")"
        }

        func accepts(_ cell: String) -> Bool {
            switch domain {
            case .levels: levels.contains(cell)
            case .number: Table.number(cell) != nil
            case .undeclared: true
            }
        }
    }

    /// Takes a file line by line.
    private struct Reader {
        let path: String
        var line = 0
        var attributes: [Attribute] = []
        var rows: [[String]] = []
        var isInData = false

        mutating func read(_ text: some Sequence<UInt8>) throws {
            line += 1
            var tokens = try ARFFTokens(text) { malformed("closed quotes", $0) }
            guard let first = tokens.peek else { return }
            if isInData { return rows.append(try row(&tokens)) }
            guard case .word(let keyword, isQuoted: false) = first else {
                throw malformed("@relation, @attribute or @data", "'\(first.text)'")
            }
            tokens.skip()
            switch keyword.lowercased() {
            case "@relation": break
            case "@attribute": try declare(&tokens)
            case "@data":
                guard !attributes.isEmpty else { throw malformed("@attribute before @data", "no attribute") }
                isInData = true
            default: throw malformed("@relation, @attribute or @data", "'\(keyword)'")
            }
        }

        func table() throws -> Table {
            guard isInData else {
                throw DatasetError.malformed(path: path, expected: "attributes and @data", found: "an end before @data")
            }
            return try Table(header: attributes.map(\.name), rows: rows, domains: attributes.map(\.domain))
        }

        private mutating func declare(_ tokens: inout ARFFTokens) throws {
            guard let name = tokens.word() else { throw malformed("the name of an attribute", tokens.rest) }
            guard !attributes.contains(where: { $0.name == name.text }) else {
                throw malformed("attributes of different names", "a second '\(name.text)'")
            }
            if tokens.take(.open) {
                let levels = try list(&tokens).map(\.text)
                guard Set(levels).count == levels.count, !levels.contains(where: Table.isMissing) else {
                    throw malformed("different levels, none empty or '?'", levels.joined(separator: ", "))
                }
                attributes.append(Attribute(name: name.text, domain: .levels(levels), levels: Set(levels)))
            } else {
                let type = tokens.word()?.text ?? "nothing"
                switch type.lowercased() {
                case "numeric", "real", "integer": attributes.append(Attribute(name: name.text, domain: .number))
                case "string": attributes.append(Attribute(name: name.text, domain: .undeclared))
                default: throw malformed("numeric, real, integer, string or levels in { }", "'\(type)'")
                }
            }
            guard tokens.peek == nil else { throw malformed("the end of the line", tokens.rest) }
        }

        private func row(_ tokens: inout ARFFTokens) throws -> [String] {
            let cells = try tokens.take(.open) ? sparse(&tokens) : dense(&tokens)
            guard tokens.peek == nil else { throw malformed("the end of the row", tokens.rest) }
            for (attribute, cell) in zip(attributes, cells) where cell != "?" && !attribute.accepts(cell) {
                throw malformed("\(attribute.expectation) as '\(attribute.name)'", "'\(cell)'")
            }
            return cells
        }

        private func dense(_ tokens: inout ARFFTokens) throws -> [String] {
            var cells: [String] = []
            cells.reserveCapacity(attributes.count)
            repeat {
                guard let word = tokens.word() else { throw malformed("a cell", tokens.rest) }
                cells.append(try plain(word))
            } while tokens.take(.comma)
            guard cells.count == attributes.count else {
                throw malformed("\(attributes.count) cells", "\(cells.count)")
            }
            return cells
        }

        /// The cells of `{place value, …}`; the places ascend.
        private func sparse(_ tokens: inout ARFFTokens) throws -> [String] {
            var cells = attributes.map(\.absent)
            var least = 0
            if !tokens.take(.close) {
                repeat {
                    let text = tokens.word()?.text ?? tokens.rest
                    guard let place = Int(text), (least..<cells.count).contains(place) else {
                        throw malformed("an ascending place in \(least)..<\(cells.count)", "'\(text)'")
                    }
                    guard let value = tokens.word() else { throw malformed("a value at place \(place)", tokens.rest) }
                    cells[place] = try plain(value)
                    least = place + 1
                } while tokens.take(.comma)
                guard tokens.take(.close) else { throw malformed("',' or '}'", tokens.rest) }
            }
            return try zip(attributes, cells).map { attribute, cell in
                guard let cell else { throw malformed("a value of the string '\(attribute.name)'", "none") }
                return cell
            }
        }

        private func list(_ tokens: inout ARFFTokens) throws -> [ARFFTokens.Word] {
            var words: [ARFFTokens.Word] = []
            repeat {
                guard let word = tokens.word() else { throw malformed("a level", tokens.rest) }
                words.append(word)
            } while tokens.take(.comma)
            guard tokens.take(.close) else { throw malformed("',' or '}'", tokens.rest) }
            return words
        }

        /// A table can't tell a quoted question mark from a missing value.
        private func plain(_ word: ARFFTokens.Word) throws -> String {
            guard !word.isQuoted || !Table.isMissing(word.text) else {
                throw malformed("a value, or ? without quotes", "'\(word.text)' in quotes")
            }
            return word.text
        }

        private func malformed(_ expected: String, _ found: String) -> DatasetError {
            .malformed(path: path, expected: "\(expected) in line \(line)", found: found)
        }
    }
}
