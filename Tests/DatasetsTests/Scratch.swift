import Foundation
import Testing

@testable import Datasets

/// A directory for one test, removed with it.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "penumbra-data-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            print("could not remove \(url.path): \(error)")
        }
    }

    /// Writes a file, and its folders, and returns where.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file
    }
}

/// Expects a `DatasetError` in one line with all the given parts.
func expectError<Result>(
    _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) throws {
    let error = try #require(throws: DatasetError.self, sourceLocation: sourceLocation) { _ = try body() }
    for part in parts { #expect(error.description.contains(part), sourceLocation: sourceLocation) }
    #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
}
