import Testing

@testable import Datasets

@Suite struct ImageFolderTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func gray(_ value: UInt8) -> [UInt8] {
        PNG.encode(GrayImage(width: 2, height: 1, pixels: [value, value]))
    }

    @Test("Sub-folders are classes, in the order of their names") func classes() throws {
        _ = try scratch.file("dogs/1.png", gray(3))
        _ = try scratch.file("cats/2.PNG", gray(2))
        _ = try scratch.file("cats/1.pgm", Array("P5\n2 1\n255\n".utf8) + [1, 1])
        _ = try scratch.file("cats/notes.txt", [1])
        _ = try scratch.file(".hidden/1.png", [1])
        let set = try ImageFolder.images(at: scratch.url)
        #expect(set.classNames == ["cats", "dogs"])
        #expect(set.labels == [0, 0, 1])
        #expect(set.pixels == [1, 1, 2, 2, 3, 3])
    }

    @Test("A flat folder has no labels") func flat() throws {
        _ = try scratch.file("b.png", gray(2))
        _ = try scratch.file("a.png", gray(1))
        let set = try ImageFolder.images(at: scratch.url)
        #expect(set.labels == nil)
        #expect(set.pixels == [1, 1, 2, 2])
    }

    @Test("Another size, mixed depths, no images and a damaged image are errors with the path") func corrupt() throws {
        try expectError("PNG, PGM or PPM images", "none") { try ImageFolder.images(at: scratch.url) }
        _ = try scratch.file("a.png", gray(1))
        _ = try scratch.file("b.png", PNG.encode(GrayImage(width: 1, height: 1, pixels: [0])))
        try expectError("b.png", "2x1 like a.png", "1x1") { try ImageFolder.images(at: scratch.url) }
        _ = try scratch.file("b.png", gray(1).dropLast(5))
        try expectError("b.png") { try ImageFolder.images(at: scratch.url) }
        _ = try scratch.file("c/d.png", gray(1))
        try expectError("different depths") { try ImageFolder.images(at: scratch.url) }
    }
}
