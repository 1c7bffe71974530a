import Foundation
public import Tensors

/// Arrays that an independent implementation computed, from `Golden/<name>.safetensors` beside a test file.
///
/// A missing file or array is an error, so a test without its golden fails.
public struct Golden: Sendable {
    private let file: Safetensors

    /// Reads `Golden/<name>.safetensors` beside the calling file.
    public init(_ name: String, beside file: String = #filePath) throws {
        let folder = URL(filePath: file).deletingLastPathComponent().appending(path: "Golden")
        self.file = try Safetensors(decoding: Data(contentsOf: folder.appending(path: "\(name).safetensors")))
    }

    private init(file: Safetensors) { self.file = file }

    /// The arrays of one case, which are stored as "case/array".
    public subscript(testCase: String) -> Golden {
        var part = Safetensors()
        for (name, array) in file.arrays where name.hasPrefix("\(testCase)/") {
            part.arrays[String(name.dropFirst(testCase.count + 1))] = array
        }
        return Golden(file: part)
    }

    /// The names of the arrays.
    public var names: [String] { file.arrays.keys.sorted() }

    /// The array of a name as it is in the file.
    public func array(_ name: String) throws -> Safetensors.Array { try file.array(name) }

    /// The array of a name in double precision.
    public func doubles(_ name: String) throws -> [Double] { try file.array(name).doubles }

    /// The array of a name as integers.
    public func integers(_ name: String) throws -> [Int32] { try doubles(name).map { Int32($0) } }

    /// The array of a name, rounded to `Float`.
    public func tensor(_ name: String) throws -> Tensor { try file.array(name).tensor }
}
