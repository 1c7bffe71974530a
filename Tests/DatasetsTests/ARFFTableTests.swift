import Foundation
import Testing

@testable import Datasets

@Suite struct ARFFTableTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private let head = """
        % a comment
        @RELATION 'small shop'

        @attribute 'bread and cake' { t}
        @ATTRIBUTE\tprice  REAL
        @attribute size {'a, b', "it\\'s", 50\\%}% the last level holds a backslash
        @attribute note string
        @data

        """

    private func table(_ text: String) throws -> Table { try ARFFTable.table(at: scratch.file("t.arff", text.utf8)) }

    private let small = "@relation r\n@attribute a {x,y}\n@attribute b numeric\n@data\n"

    @Test("Names, types and levels are those declared", arguments: ["\n", "\r\n"]) func header(_ newline: String) throws
    {
        let text = head.replacing("50\\%", with: "z").replacing("\n", with: newline)
        let table = try table(text + "t, 2.5 ,'a, b',hello" + newline)
        #expect(table.header == ["bread and cake", "price", "size", "note"])
        #expect(table.domains == [.levels(["t"]), .number, .levels(["a, b", "it's", "z"]), .undeclared])
        #expect(table.rows == [["t", "2.5", "a, b", "hello"]])
    }

    @Test("A comment sign cuts a level off unless it is quoted") func percent() throws {
        try expectError("t.arff", "',' or '}' in line 6", "end of the line") { try table(head) }
        let quoted = head.replacing("50\\%", with: "'50%'")
        #expect(try table(quoted).domains[2] == .levels(["a, b", "it's", "50%"]))
    }

    @Test("Dense rows, with missing values, blanks and comments") func dense() throws {
        let rows = "x,1\n\n% no row\n?, -2e1 % why\n 'y' ,?"
        #expect(try table(small + rows).rows == [["x", "1"], ["?", "-2e1"], ["y", "?"]])
    }

    @Test("In a sparse row, what is not named is 0 or the first level") func sparse() throws {
        let rows = "{1 2.5}\n{0 y, 1 ?}\n{}\n{0 'y'}\n"
        #expect(try table(small + rows).rows == [["x", "2.5"], ["y", "?"], ["x", "0"], ["y", "0"]])
    }

    @Test("A gzipped file reads like a plain one, and a damaged one is an error with the path") func gzip() throws {
        let packed = Deflate.deflate(Array((small + "x,1\n").utf8), wrapping: .gzip)
        #expect(try ARFFTable.table(at: scratch.file("a.arff.gz", packed)).rows == [["x", "1"]])
        try expectError("cut.gz", "an end in the middle") {
            try ARFFTable.table(at: scratch.file("cut.gz", packed.dropLast(6)))
        }
        var flipped = packed
        flipped[packed.count - 5] ^= 1
        try expectError("flipped.gz", "intact compressed data") {
            try ARFFTable.table(at: scratch.file("flipped.gz", flipped))
        }
    }

    @Test(
        "Wrong rows are errors with line and reason",
        arguments: [
            ("x", "2 cells in line 5", "found 1"), ("x,1\nx,1,2", "2 cells in line 6", "found 3"),
            ("z,1", "one of x, y as 'a' in line 5", "found 'z'"), ("x,one", "a finite number as 'b'", "found 'one'"),
            ("x,inf", "a finite number", "'inf'"), ("x,", "a cell in line 5", "the end of the line"),
            ("x,1 2", "the end of the row", "'2'"), ("'x,1", "closed quotes in line 5", "'x,1"),
            ("'?',1", "? without quotes", "'?'"), ("x,1 {2}", "end of the row", "'{'"),
            ("{0 x, 0 y}", "an ascending place in 1..<2", "'0'"), ("{2 x}", "place in 0..<2", "'2'"),
            ("{-1 x}", "place in 0..<2", "'-1'"), ("{0}", "a value at place 0", "'}'"), ("{0 x", "',' or '}'", "end"),
            ("{0 x}, {5}", "end of the row", "','"), ("{a x}", "place", "'a'"),
        ]) func wrongRows(_ rows: String, _ expected: String, _ found: String) throws
    {
        try expectError("t.arff", expected, found) { try table(small + rows) }
    }

    @Test(
        "Wrong headers are errors with line and reason",
        arguments: [
            ("", "@data", "an end before"), ("@data\n1", "line 1", "no attribute"),
            ("x,1", "@relation, @attribute or @data in line 1", "'x'"), ("@attribut a real", "line 1", "'@attribut'"),
            ("@attribute", "the name", "end of the line"), ("@attribute d date 'yyyy'", "numeric", "'date'"),
            ("@attribute r relational", "numeric", "'relational'"), ("@attribute a", "numeric", "'nothing'"),
            ("@attribute a real\n@attribute a real", "different names in line 2", "'a'"),
            ("@attribute a {x,x}", "different levels", "x, x"), ("@attribute a {x,?}", "none empty", "?"),
            ("@attribute a {}", "a level", "'}'"), ("@attribute a {x} y", "end of the line", "'y'"),
            ("@attribute a {x\n@data", "',' or '}' in line 1", "end"),
        ]) func wrongHeaders(_ text: String, _ expected: String, _ found: String) throws
    {
        try expectError("t.arff", expected, found) { try table(text) }
    }

    @Test("A string that a sparse row does not name is an error, for nothing stands for it") func sparseString() throws
    {
        try expectError("'s' in line 4") { try table("@attribute a real\n@attribute s string\n@data\n{0 1}") }
        #expect(try table("@attribute a real\n@attribute s string\n@data\n{1 hi}").rows == [["0", "hi"]])
    }

    @Test("Other encodings and no file are errors") func unreadable() throws {
        try expectError("UTF-8") { try ARFFTable.table(at: scratch.file("l.arff", [0x40, 0xe9])) }
        try expectError("cannot read", "absent") { try ARFFTable.table(at: scratch.url.appending(path: "absent")) }
    }
}
