public import Foundation

/// A finished, verified result of a stage: a directory of files that never changes.
public struct Artefact: Sendable, Equatable {
    /// The directory.
    public let url: URL
    /// The relative paths of its files, sorted.
    public let files: [String]

    /// Returns where the file `name` lies.
    public func file(_ name: String) -> URL { url.appending(path: name) }

    /// Returns the content of the file `name`.
    ///
    /// - Throws: `StoreError.noSuchFile` when the artefact has none such, `StoreError.readFailed` when it is unreadable.
    public func data(_ name: String) throws -> Data {
        guard files.contains(name) else {
            throw StoreError.noSuchFile(name: name, artefact: url.path, present: files)
        }
        do {
            return try Data(contentsOf: file(name))
        } catch {
            throw StoreError.readFailed(path: file(name).path, reason: Failure.reason(of: error))
        }
    }
}
