import Testing

@testable import Datasets

@Suite struct PNMTests {
    private func bytes(_ header: String, _ samples: [UInt8]) -> [UInt8] { Array(header.utf8) + samples }

    @Test("Grey maps, with a comment and another maximum") func gray() throws {
        let image = try PNM.decode(bytes("P5 # made by hand\n2 2\n# twice\n5\n", [0, 1, 4, 5]), path: "p")
        #expect(image == GrayImage(width: 2, height: 2, pixels: [0, 51, 204, 255]))
    }

    @Test("Pixel maps become grey; a sample that looks like a space is kept") func colour() throws {
        let image = try PNM.decode(bytes("P6\n3 1\n255\n", [32, 32, 32, 255, 0, 0, 0, 0, 255]), path: "p")
        #expect(image.pixels == [32, 76, 29])
    }

    @Test("Damaged files are errors with their path") func corrupt() throws {
        try expectError("here", "P5 or P6", "'P2'") { try PNM.decode(bytes("P2\n1 1\n9\n5", []), path: "here") }
        try expectError("here", "4 more bytes", "3") {
            try PNM.decode(bytes("P5\n2 2\n255\n", [1, 2, 3]), path: "here")
        }
        try expectError("here", "1 more bytes") { try PNM.decode(bytes("P5\n1 1\n255\n", [1, 2]), path: "here") }
        try expectError("here", "at most 5", "6") { try PNM.decode(bytes("P5\n1 1\n5\n", [6]), path: "here") }
        try expectError("here", "'65535'") { try PNM.decode(bytes("P5\n1 1\n65535\n", [1, 2]), path: "here") }
        try expectError("here", "'-1'") { try PNM.decode(bytes("P5\n-1 1\n255\n", []), path: "here") }
        try expectError("here") { try PNM.decode(bytes("P5\n1", []), path: "here") }
    }
}
