import Foundation
import Testing

@testable import Datasets

@Suite struct IDXTests {
    private let scratch: Scratch
    private let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + Array(1...12)
    private let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9]

    init() throws { scratch = try Scratch() }

    @Test("Plain and gzipped files give the same images", arguments: [false, true]) func reads(_ isPacked: Bool) throws
    {
        func stored(_ bytes: [UInt8]) -> [UInt8] { isPacked ? Deflate.deflate(bytes, wrapping: .gzip) : bytes }
        let set = try IDX.images(
            at: scratch.file("images", stored(images)), labels: scratch.file("labels", stored(labels)))
        #expect((set.width, set.height, set.count) == (3, 2, 2))
        #expect(Array(set[1]) == [7, 8, 9, 10, 11, 12])
        #expect(set.labels == [7, 9])
    }

    @Test("The first images can be had without the others, even if those are damaged", arguments: [false, true])
    func first(_ isPacked: Bool) throws {
        func stored(_ bytes: [UInt8]) -> [UInt8] { isPacked ? Deflate.deflate(bytes, wrapping: .gzip) : bytes }
        let files = try (
            images: scratch.file("images", stored(images)), labels: scratch.file("labels", stored(labels))
        )
        let whole = try IDX.images(at: files.images, labels: files.labels)
        for first in [2, 3] {
            #expect(try IDX.images(at: files.images, labels: files.labels, first: first) == whole)
        }
        let one = try IDX.images(at: files.images, labels: files.labels, first: 1)
        #expect(one == whole.subset(0..<1) && one.count == 1)
        let cut = try scratch.file("cut", stored(images).dropLast(3))
        #expect(try IDX.images(at: cut, first: 1) == IDX.images(at: files.images, first: 1))
        try expectError("cut") { try IDX.images(at: cut, first: 2) }
    }

    @Test("Damaged files are errors with their path") func corrupt() throws {
        try expectError("images", "expected 12 bytes for [2, 2, 3], but found 11") {
            try IDX.images(at: scratch.file("images", images.dropLast()))
        }
        try expectError("found 13") { try IDX.images(at: scratch.file("images", images + [0])) }
        try expectError("header", "found 3") { try IDX.images(at: scratch.file("header", images.prefix(7))) }
        try expectError("0x803", "0x801") { try IDX.images(at: scratch.file("other", labels)) }
        try expectError("at least one pixel") {
            try IDX.images(at: scratch.file("flat", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3]))
        }
        try expectError("huge") {
            try IDX.images(at: scratch.file("huge", [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12)))
        }
        try expectError("/nowhere/images") { try IDX.images(at: URL(filePath: "/nowhere/images")) }
        let packed = Deflate.deflate(images, wrapping: .gzip)
        try expectError("cut.gz") { try IDX.images(at: scratch.file("cut.gz", packed.dropLast(3))) }
    }

    @Test("Labels must match the images and the classes") func wrongLabels() throws {
        let file = try scratch.file("images", images)
        try expectError("one label for each of 2 images", "found 1") {
            try IDX.images(at: file, labels: scratch.file("labels", [0, 0, 8, 1, 0, 0, 0, 1, 7]))
        }
        try expectError("0..<8", "found 9") {
            try IDX.images(
                at: file, labels: scratch.file("labels", labels), classNames: Array("abcdefgh").map(String.init))
        }
    }
}
