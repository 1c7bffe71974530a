import Testing

@testable import Datasets

@Suite struct NPYTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func npy(_ type: String, _ shape: String, _ content: [UInt8], order: String = "False") -> [UInt8] {
        let header = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + content
    }

    @Test("All types, little-endian") func types() throws {
        func values(_ type: String, _ content: [UInt8]) throws -> NamedArray.Values {
            try NPY.array(at: scratch.file("a.npy", npy(type, "(1,)", content))).values
        }
        #expect(try values("|u1", [200]) == .uint8([200]))
        #expect(try values("|b1", [1]) == .uint8([1]))
        #expect(try values("<i4", [0xfe, 0xff, 0xff, 0xff]) == .int32([-2]))
        #expect(try values("<i8", [0, 1, 0, 0, 0, 0, 0, 0]) == .int64([256]))
        #expect(try values("<f4", [0, 0, 0x80, 0xbf]) == .float([-1]))
        #expect(try values("<f8", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]) == .double([1.5]))
    }

    @Test("The name is the file's, the shape may be empty") func shape() throws {
        let array = try NPY.array(at: scratch.file("scores.npy", npy("|u1", "()", [5])))
        #expect(array.name == "scores")
        #expect(array.shape == [])
    }

    @Test("Fortran order, big-endian and other types are refused by name") func unsupported() throws {
        try expectError("C order", "Fortran") { try NPY.array(at: scratch.file("a.npy", Foreign.npyFortran)) }
        try expectError("'>f8'") { try NPY.array(at: scratch.file("a.npy", Foreign.npyBigEndian)) }
        try expectError("'<c16'") { try NPY.array(at: scratch.file("a.npy", npy("<c16", "(1,)", []))) }
    }

    @Test("Damaged files are errors with their path") func corrupt() throws {
        let good = npy("<i4", "(2,)", [UInt8](repeating: 1, count: 8))
        try expectError("a.npy", "the elements of [2], 4 bytes each", "7") {
            try NPY.array(at: scratch.file("a.npy", good.dropLast()))
        }
        try expectError("a.npy", "found 9") { try NPY.array(at: scratch.file("a.npy", good + [0])) }
        try expectError("another signature") { try NPY.array(at: scratch.file("a.npy", good.dropFirst())) }
        try expectError("whole numbers") { try NPY.array(at: scratch.file("a.npy", npy("<i4", "(-2,)", []))) }
        try expectError("'descr'") { try NPY.array(at: scratch.file("a.npy", good.map { $0 == 115 ? 116 : $0 })) }
        try expectError("a.npy") {
            try NPY.array(at: scratch.file("a.npy", npy("<i4", "(4611686018427387904, 4)", [])))
        }
    }
}
