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

    @Test("Ragged rows, no header, double names and other encodings are errors with the path") func corrupt() throws {
        try expectError("t.csv", "2 cells in row 2", "found 1") { try table("a,b\n1,2\n3\n") }
        try expectError("t.csv", "2 cells in row 1", "found 3") { try table("a,b\n1,2,3\n") }
        try expectError("t.csv", "header") { try table("") }
        try expectError("different names") { try table("a,a\n1,2\n") }
        try expectError("t.csv", "UTF-8") { try CSVTable.table(at: scratch.file("t.csv", [0x61, 0xff])) }
        try expectError("t.csv") { try table("a,b\n\"1,2\n") }
    }
}
