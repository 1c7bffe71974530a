import Foundation
import Store

/// A directory's files in a fixed order, and their common checksum.
enum Folder {
    static func isFolder(_ url: URL) throws -> Bool { try type(of: url) == .typeDirectory }

    /// Returns the names in a directory without the hidden ones, sorted.
    static func names(in folder: URL) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
                .sorted()
        } catch {
            throw DatasetError.unreadable(path: folder.path, reason: error.localizedDescription)
        }
    }

    /// Returns the relative paths of all files below a directory whose name ends in one of `extensions`, sorted.
    static func files(below folder: URL, extensions: Set<String>) throws -> [String] {
        var found: [String] = []
        for name in try names(in: folder) {
            let url = folder.appending(path: name)
            if try isFolder(url) {
                found += try files(below: url, extensions: extensions).map { "\(name)/\($0)" }
            } else if extensions.contains(url.pathExtension.lowercased()) {
                found.append(name)
            }
        }
        return found.sorted()
    }

    /// Returns what `sha256sum FILE… | sha256sum` prints in the folder, for files in the order of their bytes.
    static func checksum(of files: [String], in folder: URL) throws -> String {
        let sorted = files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let lines = try sorted.map { "\(try fileChecksum(folder.appending(path: $0)))  \($0)\n" }
        return Checksum.of(lines.joined())
    }

    /// Returns a checksum over files of any folders in the given order; their names do not count.
    static func checksum(of files: [URL]) throws -> String {
        Checksum.of(try files.map { try fileChecksum($0) + "\n" }.joined())
    }

    /// Returns the SHA-256 of one file.
    static func fileChecksum(_ file: URL) throws -> String {
        do {
            return try Checksum.of(contentsOf: file)
        } catch StoreError.readFailed(let path, let reason) {
            throw DatasetError.unreadable(path: path, reason: reason)
        }
    }

    private static func type(of url: URL) throws -> FileAttributeType? {
        do {
            let resolved = url.resolvingSymlinksInPath().path
            return try FileManager.default.attributesOfItem(atPath: resolved)[.type] as? FileAttributeType
        } catch {
            throw DatasetError.unreadable(path: url.path, reason: error.localizedDescription)
        }
    }
}
