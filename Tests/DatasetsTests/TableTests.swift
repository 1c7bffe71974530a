import Testing

@testable import Datasets

@Suite struct TableTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func table(_ text: String) throws -> Table { try CSVTable.table(at: scratch.file("t.csv", text.utf8)) }

    @Test("Quoted commas, quotes and line breaks stay in their cell", arguments: ["\n", "\r\n"])
    func quoting(_ newline: String) throws {
        let table = try table(["name,age", "\"Lovelace, Ada\",36", "\"a \"\"b\"\"\",2", ""].joined(separator: newline))
        #expect(table.header == ["name", "age"])
        #expect(table.rows == [["Lovelace, Ada", "36"], ["a \"b\"", "2"]])
    }

    @Test("Numeric columns are found and read") func numbers() throws {
        let table = try table("id,x,y\na,1, -2.5e1\nb,3,4\n")
        #expect(table.numericColumns == ["x", "y"])
        #expect(try table.numericMatrix(columns: ["y", "x"]) == [[-25, 1], [4, 3]])
        try expectError("row 1, column 'id'", "a finite number", "'a'") { try table.numericMatrix() }
        try expectError("'z'", "id, x, y") { try table.numericMatrix(columns: ["z"]) }
    }

    @Test("Neither nan nor an empty cell nor two numbers are a number", arguments: ["nan", "inf", "", "1 2", "0x"])
    func notNumbers(_ cell: String) throws {
        #expect(try Table(header: ["x"], rows: [[cell]]).numericColumns == [])
    }

    @Test("A gzipped table reads like a plain one, and a damaged one is an error with the path") func gzip() throws {
        let packed = Deflate.deflate(Array("a,b\n1,2\n".utf8), wrapping: .gzip)
        #expect(try CSVTable.table(at: scratch.file("t.csv.gz", packed)).rows == [["1", "2"]])
        try expectError("cut.gz", "an end in the middle") {
            try CSVTable.table(at: scratch.file("cut.gz", packed.dropLast(4)))
        }
    }

    @Test("A file without a header gets one; comments, empty lines and blanks go") func headless() throws {
        let file = try scratch.file("t.data", "# no row\r\n 1 , a b\r\n\r\n2,\"c, d\"\r\n \r\n".utf8)
        let table = try CSVTable.table(at: file, header: ["x", "y, \"z\""], comment: "#")
        #expect(table.header == ["x", "y, \"z\""])
        #expect(table.rows == [["1", "a b"], ["2", "c, d"]])
        try expectError("t.data", "1 cells in row 1", "found 2") {
            try CSVTable.table(at: file, header: ["x"], comment: "#")
        }
        try expectError("t.data", "2 cells in row 1", "found 1") { try CSVTable.table(at: file, header: ["x", "y"]) }
        try expectError("e.data", "rows", "none") {
            try CSVTable.table(at: scratch.file("e.data", "\n \n".utf8), header: ["x"])
        }
    }

    @Test("Tables of the same columns are joined, others are not") func joining() throws {
        let table = try Table(header: ["x"], rows: [["1"]], domains: [.number])
        #expect(try table.appending(Table(header: ["x"], rows: [["2"]], domains: [.number])).rows == [["1"], ["2"]])
        try expectError("the same columns x", "found y") { try table.appending(Table(header: ["y"], rows: [])) }
        try expectError("the same columns") { try table.appending(Table(header: ["x"], rows: [["2"]])) }
    }

    @Test("What is declared must fit the columns", arguments: [["a", "a"], ["?"], [""], [" a"]])
    func domains(_ levels: [String]) throws {
        try expectError("levels of column 'x'", "different") {
            try Table(header: ["x"], rows: [], domains: [.levels(levels)])
        }
        try expectError("one for each of 1", "2") { try Table(header: ["x"], rows: [], domains: [.number, .number]) }
    }

    @Test("An empty cell and a question mark are missing, blanks aside") func missing() throws {
        #expect(["", " ", "?", " ? "].allSatisfy(Table.isMissing))
        #expect(!["0", "??", "-"].contains(where: Table.isMissing))
    }

    @Test("Ragged rows, no header, double names and other encodings are errors with the path") func corrupt() throws {
        try expectError("t.csv", "2 cells in row 2", "found 1") { try table("a,b\n1,2\n3\n") }
        try expectError("t.csv", "2 cells in row 1", "found 3") { try table("a,b\n1,2,3\n") }
        try expectError("t.csv", "header") { try table("") }
        try expectError("different names") { try table("a,a\n1,2\n") }
        try expectError("t.csv", "UTF-8") { try CSVTable.table(at: scratch.file("t.csv", [0x61, 0xff])) }
        try expectError("t.csv") { try table("a,b\n\"1,2\n") }
    }
}
