import Testing

@testable import Datasets

@Suite struct ImageSetTests {
    private func set() throws -> ImageSet {
        try ImageSet(pixels: Array(0..<12), width: 2, height: 2, labels: [0, 1, 0], classNames: ["a", "b"])
    }

    @Test("A record is its own pixels") func records() throws {
        let set = try set()
        #expect(set.count == 3)
        #expect(Array(set[1]) == [4, 5, 6, 7])
    }

    @Test("A subset follows its indices, labels too") func subset() throws {
        let subset = try set().subset([2, 1, 2])
        #expect(subset.pixels == [8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11])
        #expect(subset.labels == [0, 1, 0])
        #expect(try set().subset([]).count == 0)
    }

    @Test("Joining keeps the order, and refuses another size") func joining() throws {
        let set = try set()
        let joined = try set.appending(set.subset([1]))
        #expect(Array(joined[3]) == [4, 5, 6, 7])
        #expect(joined.labels == [0, 1, 0, 1])
        try expectError("2x2", "4x1") { try set.appending(ImageSet(pixels: [1, 2, 3, 4], width: 4, height: 1)) }
    }

    @Test("Dealing takes one of each class in turn, and leaves images without labels alone") func dealing() throws {
        let set = try ImageSet(pixels: [0, 1, 2, 3, 4, 5], width: 1, height: 1, labels: [4, 4, 4, 1, 2, 1])
        #expect(set.dealtByClass().pixels == [3, 4, 0, 5, 1, 2])
        #expect(set.dealtByClass().labels == [1, 2, 4, 1, 4, 4])
        let bare = try ImageSet(pixels: [7, 8], width: 1, height: 1)
        #expect(bare.dealtByClass() == bare)
    }

    @Test("Shrinking averages blocks of pixels and keeps the labels") func shrinking() throws {
        let pixels: [UInt8] = [0, 2, 10, 11, 4, 6, 12, 13, 255, 255, 0, 0, 255, 254, 1, 0]
        let set = try ImageSet(pixels: pixels + pixels.reversed(), width: 4, height: 4, labels: [7, 8])
        let small = try set.shrunk(by: 2)
        #expect((small.width, small.height, small.count) == (2, 2, 2))
        #expect(small.pixels == [3, 12, 255, 0, 0, 255, 12, 3])
        #expect(small.labels == [7, 8])
        #expect(try set.shrunk(by: 1) == set)
        try expectError("4x4", "1, 2, 4", "found 3") { try set.shrunk(by: 3) }
    }

    @Test("Sizes and labels that do not fit are errors") func invalid() throws {
        try expectError("whole images of 2x2", "5 pixels") {
            try ImageSet(pixels: Array(0..<5), width: 2, height: 2)
        }
        try expectError("one per image, 1", "2") {
            try ImageSet(pixels: Array(0..<4), width: 2, height: 2, labels: [0, 1])
        }
        try expectError("0..<1", "found 1") {
            try ImageSet(pixels: Array(0..<4), width: 2, height: 2, labels: [1], classNames: ["a"])
        }
    }
}
