import Testing

@testable import Datasets

@Suite struct ImageTableTests {
    private let scratch: Scratch
    private let text = "0,1,2,255,3\n9,8,7,6,0\n"
    init() throws { scratch = try Scratch() }

    private func images(_ text: String) throws -> ImageSet {
        try ImageTable.images(at: scratch.file("i.csv", text.utf8))
    }

    @Test("Plain and gzipped rows are pixels, then the class", arguments: [false, true]) func reads(_ isPacked: Bool)
        throws
    {
        let bytes = isPacked ? Deflate.deflate(Array(text.utf8), wrapping: .gzip) : Array(text.utf8)
        let set = try ImageTable.images(at: scratch.file("i", bytes), classNames: ["a", "b", "c", "d"])
        #expect((set.width, set.height, set.count) == (2, 2, 2))
        #expect(set.pixels == [0, 1, 2, 255, 9, 8, 7, 6] && set.labels == [3, 0])
        #expect(try images(text.replacing("\n", with: "\r\n")).pixels == set.pixels)
    }

    @Test(
        "Wrong rows are errors with line and reason",
        arguments: [
            ("0,1,2,255,3\n9,8,7,0\n", "4 pixels and a class in line 2", "4 numbers"),
            ("0,1,2,256,3\n", "0...255 in line 1", "256"), ("0,1,2,-1,3\n", "integers and commas in line 1", "else"),
            ("0,,2,1,3\n", "integers and commas", "else"), ("0,1,2,1,\n", "integers and commas", "else"),
            ("p1,p2,p3,p4,label\n", "integers", "line 1"), ("0,1,2,0.5,3\n", "integers", "line 1"),
            ("99999999999999999999,1,1,1,3\n", "integers", "line 1"),
            ("1,1,1,1,70000\n", "class below 65536", "line 1"),
            ("1,2,3\n", "square images", "2 pixels"), ("3\n", "square", "0 pixels"), ("", "square", "no row"),
        ]) func wrong(_ text: String, _ expected: String, _ found: String) throws
    {
        try expectError("i.csv", expected, found) { try images(text) }
    }

    @Test("Damaged gzip data are an error with the path") func gzip() throws {
        let packed = Deflate.deflate(Array(text.utf8), wrapping: .gzip)
        try expectError("cut.gz", "an end in the middle") {
            try ImageTable.images(at: scratch.file("cut.gz", packed.dropLast(5)))
        }
        var flipped = packed
        flipped[packed.count - 6] ^= 1
        try expectError("flipped.gz", "intact compressed data") {
            try ImageTable.images(at: scratch.file("flipped.gz", flipped))
        }
        try expectError("tail.gz", "intact compressed data") {
            try ImageTable.images(at: scratch.file("tail.gz", packed + [1]))
        }
    }
}
