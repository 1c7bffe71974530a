import Testing

@testable import Datasets

@Suite struct NPZTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test("NumPy's stored archive of bytes and 64-bit labels") func stored() throws {
        let file = try scratch.file("a.npz", Foreign.npzStored)
        let set = try NPZ.images(at: file)
        #expect((set.count, set.height, set.width) == (2, 3, 3))
        #expect(set.pixels == (0..<18).map { UInt8($0 * 14) })
        #expect(set.labels == [1, 0])
        let arrays = try NPZ.arrays(at: file)
        #expect(arrays.map(\.name) == ["images", "labels"])
        #expect(arrays[1].values == .int64([1, 0]))
    }

    @Test("NumPy's compressed archive of fractions, 32-bit integers and a scalar") func deflated() throws {
        let arrays = try NPZ.arrays(at: scratch.file("b.npz", Foreign.npzDeflated))
        #expect(arrays.map(\.name) == ["d", "x", "y"])
        #expect(arrays.map(\.shape) == [[], [2, 4], [2]])
        #expect(arrays[0].values == .double([2.5]))
        #expect(arrays[2].values == .int32([3, -4]))
        #expect(zip(arrays[1].doubles, 0...).allSatisfy { abs($0 - Double($1) / 7) < 1e-7 })
    }

    @Test("Fractions in 0…1 become levels of grey, others must be levels; a square row is a square image")
    func images() throws {
        func set(_ values: NamedArray.Values, _ shape: [Int]) throws -> ImageSet {
            let array = NamedArray(name: "x", shape: shape, values: values)
            return try NPZ.images(from: [array], scratch.url)
        }
        let unit = try set(.float([0, 0.5, 1, 0.2]), [1, 4])
        #expect((unit.width, unit.height) == (2, 2))
        #expect(unit.pixels == [0, 128, 255, 51])
        #expect(try set(.double([0, 1, 254.6]), [1, 3]).pixels == [0, 1, 255])
        #expect(try set(.int32([0, 1, 1]), [1, 3]).pixels == [0, 1, 1])
        #expect(try set(.int64([7]), [1, 1, 1]).width == 1)
        try expectError("0…1 or 0…255", "-1.0") { try set(.int32([-1]), [1, 1]) }
        try expectError("0…1 or 0…255", "nan") { try set(.double([.nan]), [1, 1]) }
        try expectError("[N, H, W] or [N, D]", "[4]") { try set(.uint8([1, 2, 3, 4]), [4]) }
    }

    @Test("Wrong labels and names are errors") func wrongArrays() throws {
        let images = NamedArray(name: "images", shape: [2, 1], values: .uint8([1, 2]))
        func error(_ labels: NamedArray, _ parts: String) throws {
            try expectError(parts) { try NPZ.images(from: [images, labels], scratch.url) }
        }
        try error(NamedArray(name: "labels", shape: [3], values: .int32([1, 2, 3])), "'labels' as 2 integers")
        try error(NamedArray(name: "y", shape: [2], values: .float([1, 2])), "of fractions")
        try expectError("'y'", "-4") { try NPZ.images(at: scratch.file("b.npz", Foreign.npzDeflated)) }
        try expectError("'images' or 'x'", "found z") {
            try NPZ.images(from: [NamedArray(name: "z", shape: [1], values: .uint8([1]))], scratch.url)
        }
    }

    @Test("Cut, flipped and foreign files are errors with their path") func corrupt() throws {
        try expectError("a.npz", "no directory") {
            try NPZ.images(at: scratch.file("a.npz", Foreign.npzStored.dropLast(9)))
        }
        try expectError("a.npz", "zip archive") { try NPZ.images(at: scratch.file("a.npz", [1, 2, 3])) }
        var flipped = Foreign.npzStored
        flipped[185] ^= 1
        try expectError("a.npz:images.npy", "another CRC") { try NPZ.images(at: scratch.file("a.npz", flipped)) }
        var moved = Foreign.npzStored
        moved[moved.count - 3] = 255
        try expectError("a.npz", "directory") { try NPZ.images(at: scratch.file("a.npz", moved)) }
    }
}
