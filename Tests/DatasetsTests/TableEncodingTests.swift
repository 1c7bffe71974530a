import Testing

@testable import Datasets

@Suite struct TableEncodingTests {
    private let people = [
        ["age", "work", "sex", "id", "rich"], ["30", "farm", "F", "a", "no"], ["41", "?", "M", "b", "yes"],
        ["52", "shop", "F", "c", "no"], ["?", " farm", "M", "d", "no"],
    ]

    private func table(_ lines: [[String]], _ domains: [Table.Domain]? = nil) throws -> Table {
        try Table(header: lines[0], rows: Array(lines.dropFirst()), domains: domains)
    }

    @Test("Each column is a group of features, of which one is 1; what is missing has one of its own") func groups()
        throws
    {
        let table = try table(people)
        let encoding = try TableEncoding(table, label: "rich", bins: 2, dropping: ["id"])
        #expect(encoding.groups.map(\.name) == ["age", "work", "sex"])
        #expect(encoding.groups.map(\.values) == [["30", "41…52", "?"], ["farm", "shop", "?"], ["F", "M"]])
        #expect(encoding.groups.map(\.range) == [0..<3, 3..<6, 6..<8])
        let set = try encoding.encode(table)
        #expect(
            set.features == [
                1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1,
            ])
        #expect(set.labels == [0, 1, 0, 0] && set.classNames == ["no", "yes"])
    }

    @Test("A column of a single value is one feature, 0 where it is missing") func flags() throws {
        let table = try table(
            [["tea", "cake", "total"], ["t", "?", "high"], ["?", "?", "low"]],
            [.levels(["t"]), .levels(["t"]), .levels(["low", "high"])])
        let encoding = try TableEncoding(table, label: "total")
        let set = try encoding.encode(table)
        #expect(set.features == [1, 0, 0, 0] && set.labels == [1, 0])
        #expect(encoding.decode([0.5, 0.4]) == ["t", "?"])
        #expect(set.describe(0) == "tea; total high" && set.describe(1) == "nothing; total low")
    }

    @Test("Levels come as declared, else sorted; labels that are numbers are sorted as numbers") func order() throws {
        let lines = [["x", "y", "class"], ["b", "b", "10"], ["a", "a", "9"]]
        let declared = try TableEncoding(
            try table(lines, [.levels(["b", "c", "a"]), .undeclared, .undeclared]), label: "class")
        #expect(declared.groups.map(\.values) == [["b", "c", "a"], ["a", "b"]])
        #expect(declared.classNames == ["9", "10"])
    }

    @Test("A record is decoded to its values: the greatest of a group, and ? where nothing is above 0") func decode()
        throws
    {
        let table = try table(people)
        let encoding = try TableEncoding(table, label: "rich", bins: 2, dropping: ["id"])
        let set = try encoding.encode(table)
        #expect(encoding.decode(set[0].map(Float.init)) == ["30", "farm", "F"])
        #expect(encoding.decode(set[3].map(Float.init)) == ["?", "farm", "M"])
        #expect(encoding.decode([0.1, 0.3, 0.2, 0, 0, 0, 0.4, 0.4]) == ["41…52", "?", "F"])
        #expect(set.describe(1) == "age 41…52, work ?, sex M; rich yes")
        #expect(encoding.describe(set[2].map(Float.init)) == "age 41…52, work shop, sex F")
    }

    @Test("The encoding of one table serves another with the same columns in any order") func transfer() throws {
        let encoding = try TableEncoding(try table(people), label: "rich", bins: 2, dropping: ["id"])
        let other = try table([["rich", "sex", "work", "age"], ["yes", "M", "shop", "99"]])
        #expect(try encoding.encode(other).features == [0, 1, 0, 0, 1, 0, 0, 1])
    }

    @Test("What the encoding does not know is an error with row and column") func unknown() throws {
        let encoding = try TableEncoding(try table(people), label: "rich", bins: 2, dropping: ["id"])
        func encode(_ row: [String], _ header: [String] = ["age", "work", "sex", "rich"]) throws -> TabularSet {
            try encoding.encode(Table(header: header, rows: [["30", "farm", "F", "no"], row]))
        }
        try expectError("row 2, column 'work'", "one of farm, shop", "'mine'") { try encode(["1", "mine", "F", "no"]) }
        try expectError("row 2, column 'age'", "a finite number", "'old'") { try encode(["old", "farm", "F", "no"]) }
        try expectError("row 2, column 'sex'", "a value", "'?'") { try encode(["1", "farm", "?", "no"]) }
        try expectError("row 2, column 'rich'", "one of no, yes", "'maybe'") {
            try encode(["1", "farm", "F", "maybe"])
        }
        try expectError("row 2, column 'rich'", "'?'") { try encode(["1", "farm", "F", "?"]) }
        try expectError("the column 'sex'", "no such name") {
            try encode(["1", "farm", "F", "no"], ["age", "work", "gender", "rich"])
        }
    }

    @Test("A table that can't be encoded is an error that says why") func impossible() throws {
        let table = try table(people)
        try expectError("'wealth'", "no such name") { try TableEncoding(table, label: "wealth") }
        try expectError("'name'", "no such name") { try TableEncoding(table, dropping: ["name"]) }
        try expectError("0 bins") { try TableEncoding(table, bins: 0) }
        try expectError("0 rows") { try TableEncoding(self.table([["a"]])) }
        try expectError("row 2, column 'work'", "a label") { try TableEncoding(table, label: "work") }
        try expectError("besides the label") { try TableEncoding(self.table([["a"], ["1"]]), label: "a") }
        try expectError("column 'b'", "drop it") { try TableEncoding(self.table([["a", "b"], ["1", "?"]])) }
        try expectError("row 1, column 'a'", "a finite number", "'x'") {
            try TableEncoding(self.table([["a"], ["x"]], [.number]))
        }
    }

    @Test("A column that names every record is refused; so are numbers as classes") func tooMany() throws {
        let rows = (0...TableEncoding.maximumLevels).map { ["person\($0)", "\($0)", "\($0 % 2)"] }
        let table = try Table(header: ["name", "number", "class"], rows: rows)
        try expectError("'name'", "at most 1000", "found 1001; drop it") { try TableEncoding(table) }
        try expectError("'number'", "at most 1000") { try TableEncoding(table, label: "number", dropping: ["name"]) }
        #expect(try TableEncoding(table, label: "class", bins: 4, dropping: ["name"]).width == 4)
    }
}
