public import Foundation

/// The data sets that Penumbra knows by name, read from `datasets/registry.json`, and the door to all loaders.
public struct DatasetRegistry: Sendable {
    /// All entries, in the order of the file.
    public let entries: [DatasetEntry]
    /// Penumbra's own folder, which holds `datasets/`.
    public let repository: URL
    /// Where fetched data lie.
    public let cache: URL

    /// Where a registered data set was found.
    public struct Location: Sendable, Equatable {
        /// The entry; of the stand-in if it is one.
        public let entry: DatasetEntry
        /// Its folder.
        public let url: URL
        /// Whether it stands in for what was asked for.
        public let isFallback: Bool
    }

    private struct File: Codable {
        var datasets: [DatasetEntry]
    }

    /// Reads the registry of a folder.
    ///
    /// - Throws: `DatasetError` when the file is missing or does not have the form of a registry.
    public init(repository: URL, cache: URL) throws {
        let file = repository.appending(path: "datasets/registry.json")
        let bytes = try ByteReader(contentsOf: file).bytes
        do {
            entries = try JSONDecoder().decode(File.self, from: Data(bytes)).datasets
        } catch {
            throw DatasetError.malformed(path: file.path, expected: "a registry of data sets", found: "\(error)")
        }
        (self.repository, self.cache) = (repository, cache)
    }

    /// Returns the registry that `PENUMBRA_ROOT` names, or else the nearest one above a folder in `starts`.
    ///
    /// - Parameters:
    ///   - environment: `PENUMBRA_ROOT` is Penumbra's folder, `PENUMBRA_DATA` the cache (else `~/.cache/penumbra`).
    ///   - starts: where to look; by default the current directory and the program's own.
    /// - Returns: the registry.
    /// - Throws: `DatasetError.noRepository` when there is none.
    public static func standard(
        environment: [String: String] = ProcessInfo.processInfo.environment, starts: [URL]? = nil
    ) throws -> DatasetRegistry {
        let home = FileManager.default.homeDirectoryForCurrentUser
        let cache = environment["PENUMBRA_DATA"].map { URL(filePath: $0) } ?? home.appending(path: ".cache/penumbra")
        if let root = environment["PENUMBRA_ROOT"] {
            return try DatasetRegistry(repository: URL(filePath: root), cache: cache)
        }
        let current = URL(filePath: FileManager.default.currentDirectoryPath)
        let places = starts ?? [current, Bundle.main.bundleURL.resolvingSymlinksInPath()]
        guard let root = places.lazy.compactMap({ repository(above: $0) }).first else {
            throw DatasetError.noRepository(start: places.map(\.path).joined(separator: " or "))
        }
        return try DatasetRegistry(repository: root, cache: cache)
    }

    /// Returns the entry with an id.
    ///
    /// - Throws: `DatasetError.unknown` with the known ids.
    public func entry(_ id: String) throws -> DatasetEntry {
        guard let entry = entries.first(where: { $0.id == id }) else {
            throw DatasetError.unknown(id: id, known: entries.map(\.id))
        }
        return entry
    }

    /// Returns where a registered data set lies; its content is not checked.
    ///
    /// - Parameters:
    ///   - id: its name.
    ///   - allowFallback: whether its stand-in will do when it is missing.
    /// - Returns: the place.
    /// - Throws: `DatasetError.unknown`, or `DatasetError.missing` with the remedy.
    public func resolve(_ id: String, allowFallback: Bool = false) throws -> Location {
        let entry = try entry(id)
        let url = folder(of: entry)
        if FileManager.default.fileExists(atPath: url.path) {
            return Location(entry: entry, url: url, isFallback: false)
        }
        guard allowFallback, let fallback = entry.fallback else {
            throw DatasetError.missing(id: id, path: url.path, remedy: entry.remedy)
        }
        let found = try resolve(fallback)
        return Location(entry: found.entry, url: found.url, isFallback: true)
    }

    /// Compares a registered data set with its checksums, and returns the checksum over all its files.
    ///
    /// - Throws: `DatasetError.checksumMismatch`, or another `DatasetError` when a file is missing.
    public func verify(_ location: Location) throws -> String {
        let (entry, url) = (location.entry, location.url)
        for (name, expected) in (entry.files ?? [:]).sorted(by: { $0.key < $1.key }) {
            let found = try Folder.fileChecksum(url.appending(path: name))
            guard found == expected else {
                throw DatasetError.checksumMismatch(
                    path: url.appending(path: name).path, expected: expected, found: found)
            }
        }
        let names = try entry.files.map { $0.keys.sorted() } ?? Folder.files(below: url, extensions: entry.extensions)
        let found = try Folder.checksum(of: names, in: url)
        guard found == entry.checksum else {
            throw DatasetError.checksumMismatch(path: url.path, expected: entry.checksum, found: found)
        }
        return found
    }

    private func folder(of entry: DatasetEntry) -> URL {
        switch entry.place {
        case .system: URL(filePath: entry.path)
        case .cache: cache.appending(path: entry.path)
        case .repository: repository.appending(path: entry.path)
        }
    }

    private static func repository(above start: URL) -> URL? {
        var folder = start.standardizedFileURL
        while true {
            let file = folder.appending(path: "datasets/registry.json")
            if FileManager.default.fileExists(atPath: file.path) { return folder }
            let parent = folder.deletingLastPathComponent().standardizedFileURL
            if parent.path == folder.path { return nil }
            folder = parent
        }
    }
}
