import Foundation
import Tensors
import Testing

@Suite("Safetensors files") struct SafetensorsTests {
    /// A file as any writer might make it: header length, header, data.
    private func file(_ header: String, _ data: [UInt8] = [], length: UInt64? = nil) -> Data {
        let count = length ?? UInt64(header.utf8.count)
        return Data((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8) + data)
    }

    @Test("what is written is read, bit by bit") func roundTrip() throws {
        let file = Safetensors(
            arrays: [
                "a.weight": .init(Tensor([1.5, -0.0, .infinity, .leastNonzeroMagnitude, 3.4e38, 2], shape: [2, 3])),
                "b": .init([Double.pi, -1e-300], shape: [2]), "c": .init([1, 2, 255] as [UInt8], shape: [3, 1]),
                "scalar": .init(Tensor([7], shape: [])), "empty": .init(Tensor([], shape: [0, 4])),
                "quo\"te ü": .init(Tensor([1])),
            ],
            metadata: ["architecture": "{\"x\": [1]}", "newline": "a\nb"])
        let bytes = try file.encoded()
        let back = try Safetensors(decoding: bytes)
        #expect(back == file)
        #expect(try back.encoded() == bytes)
        // The data begins at a multiple of eight.
        #expect(bytes[0] % 8 == 0)
        #expect(back.arrays["b"]?.doubles == [Double.pi, -1e-300])
        #expect(back.arrays["a.weight"]?.tensor.values[1].sign == .minus)
        #expect(back.arrays["scalar"]?.tensor.shape == [])
    }

    @Test("an empty file has an empty header") func empty() throws {
        #expect(try Safetensors(decoding: Safetensors().encoded()) == Safetensors())
    }

    /// Made with Python's `struct` and `json` in the order and spelling of the reference writer.
    @Test("a foreign file with all types is read") func foreign() throws {
        let header =
            #"{"__metadata__":{"format":"pt"},"f":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
            + #""d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"l":{"dtype":"I64","shape":[1],"#
            + #""data_offsets":[16,24]},"i":{"dtype":"I32","shape":[1],"data_offsets":[24,28]},"#
            + #""u":{"dtype":"U8","shape":[2],"data_offsets":[28,30]},"t":{"dtype":"BOOL","shape":[],"#
            + #""data_offsets":[30,31]}}   "#
        // struct.pack("<ffdqiBB?", 1.5, -2, 0.1, -3, -7, 9, 255, True)
        let data: [UInt8] = [
            0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f, 0xfd, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xf9, 0xff, 0xff, 0xff, 9, 255, 1,
        ]
        let read = try Safetensors(decoding: file(header, data))
        #expect(read.metadata == ["format": "pt"])
        #expect(try read.array("f").tensor == Tensor([1.5, -2]))
        #expect(try read.array("d").doubles == [0.1])
        #expect(try read.array("l").doubles == [-3])
        #expect(try read.array("i").doubles == [-7])
        #expect(try read.array("u").doubles == [9, 255])
        #expect(try read.array("t").doubles == [1] && read.array("t").shape == [])
    }

    struct Corruption: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let header: String
        var data = 8
        var length: UInt64?
        let message: String
    }

    private static let corruptions = [
        Corruption(testDescription: "no JSON", header: "hello  !", message: "in JSON"),
        Corruption(testDescription: "a list", header: "[1,2,3] ", message: "in JSON"),
        Corruption(testDescription: "an entry without shape", header: #"{"a":{"dtype":"F32"}}"#, message: "in JSON"),
        Corruption(testDescription: "longer than the file", header: "{}", length: 1000, message: "1000 bytes"),
        Corruption(testDescription: "absurdly long", header: "{}", length: .max, message: "expected a header"),
        Corruption(
            testDescription: "unknown type", header: #"{"a":{"dtype":"F12","shape":[2],"data_offsets":[0,8]}}"#,
            message: "found F12"),
        Corruption(
            testDescription: "size that does not fit",
            header: #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
            message: "array 'a'"),
        Corruption(
            testDescription: "offsets beyond the end",
            header: #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
            message: "array 'a'"),
        Corruption(
            testDescription: "negative offset", header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
            message: "array 'a'"),
        Corruption(
            testDescription: "reversed offsets", header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
            message: "array 'a'"),
        Corruption(
            testDescription: "one offset", header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}"#,
            message: "array 'a'"),
        Corruption(
            testDescription: "negative extents", header: #"{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#,
            message: "array 'a'"),
        Corruption(
            testDescription: "a shape whose size overflows",
            header: #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, data: 0,
            message: "array 'a'"),
        Corruption(
            testDescription: "bytes that belong to nobody",
            header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, message: "tile"),
        Corruption(
            testDescription: "a gap before the first array",
            header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, message: "tile"),
        Corruption(
            testDescription: "an overlap that makes up for a gap",
            header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
                + #""b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, message: "tile"),
        Corruption(
            testDescription: "one array inside of another",
            header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
                + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, message: "tile"),
    ]

    @Test("a corrupt file gives a clear error", arguments: corruptions)
    private func corrupt(_ corruption: Corruption) throws {
        let bytes = file(
            corruption.header, [UInt8](repeating: 0, count: corruption.data), length: corruption.length)
        let error = try #require(throws: Safetensors.Invalid.self) { try Safetensors(decoding: bytes) }
        #expect(error.description.contains(corruption.message), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test("a file shorter than a header is refused", arguments: [0, 7]) func short(_ count: Int) {
        #expect(throws: Safetensors.Invalid.self) { try Safetensors(decoding: Data(count: count)) }
    }

    @Test("a slice of data with another start index is read") func slice() throws {
        let bytes = try Safetensors(arrays: ["x": .init(Tensor([1, 2]))]).encoded()
        let slice = (Data([9, 9, 9]) + bytes).dropFirst(3)
        #expect(try Safetensors(decoding: slice).array("x").tensor == Tensor([1, 2]))
    }

    @Test("a missing array's error names those that there are") func missing() throws {
        let file = Safetensors(arrays: ["there": .init(Tensor([1]))])
        let error = try #require(throws: Safetensors.Invalid.self) { try file.array("gone") }
        #expect(error.description.contains("gone") && error.description.contains("there"))
    }
}
