import Foundation

/// The content of `DONE`: which files an artefact has, how long they are and what they hash to.
struct Manifest: Codable, Equatable {
    static let fileName = "DONE"

    struct Entry: Codable, Equatable {
        var sha256: String
        var size: Int
    }

    /// Relative path → entry.
    var files: [String: Entry] = [:]

    /// Describes all files below `directory`, and puts each of them on the disk.
    init(sealing directory: URL) throws {
        for item in try Manifest.items(below: directory) where item != Manifest.fileName {
            let url = directory.appending(path: item)
            try Durable.synchronise(url)
            if try !Manifest.isDirectory(url) { files[item] = try Manifest.entry(of: url) }
        }
    }

    /// Reads the manifest of an artefact.
    init(of artefact: URL) throws {
        self = try JSONDecoder().decode(
            Manifest.self, from: Data(contentsOf: artefact.appending(path: Manifest.fileName)))
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(self)
    }

    /// Returns the first thing that differs between the manifest and the files in `artefact`, in words, or nil.
    func difference(from artefact: URL) throws -> String? {
        var present: Set<String> = []
        for item in try Manifest.items(below: artefact) where item != Manifest.fileName {
            if try !Manifest.isDirectory(artefact.appending(path: item)) { present.insert(item) }
        }
        if let extra = present.subtracting(files.keys).min() { return "\(extra) does not belong there" }
        for (name, expected) in files.sorted(by: { $0.key < $1.key }) {
            guard present.contains(name) else { return "\(name) is missing" }
            let found = try Manifest.entry(of: artefact.appending(path: name))
            if found.size != expected.size { return "\(name) has \(found.size) bytes instead of \(expected.size)" }
            if found.sha256 != expected.sha256 { return "\(name) does not match its checksum" }
        }
        return nil
    }

    private static func items(below directory: URL) throws -> [String] {
        do {
            return try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
        } catch {
            throw StoreError.readFailed(path: directory.path, reason: Failure.reason(of: error))
        }
    }

    private static func attributes(of url: URL) throws -> [FileAttributeKey: Any] {
        do {
            return try FileManager.default.attributesOfItem(atPath: url.path)
        } catch {
            throw StoreError.readFailed(path: url.path, reason: Failure.reason(of: error))
        }
    }

    private static func isDirectory(_ url: URL) throws -> Bool {
        let type = try attributes(of: url)[.type] as? FileAttributeType
        guard type == .typeDirectory || type == .typeRegular else {
            throw StoreError.unstorable(path: url.path, reason: "it is neither a file nor a directory")
        }
        return type == .typeDirectory
    }

    private static func entry(of url: URL) throws -> Entry {
        guard let size = try attributes(of: url)[.size] as? NSNumber else {
            throw StoreError.readFailed(path: url.path, reason: "its size is unknown")
        }
        return Entry(sha256: try Checksum.of(contentsOf: url), size: size.intValue)
    }
}
