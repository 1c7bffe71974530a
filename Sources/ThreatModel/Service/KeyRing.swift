public import Foundation

/// The keys that a service knows, by their hashes, and what each may ask.
///
/// Its file has a JSON object a line, such as `{"hash":"…","name":"alice","queries":5000}`; empty lines are skipped.
public struct KeyRing: Sendable, Equatable {
    /// One key.
    public struct Entry: Codable, Sendable, Equatable {
        /// Whose it is: 1 to 64 letters, digits, dots, hyphens and underscores.
        public var name: String
        /// The hash of the key.
        public var hash: KeyHash
        /// The most queries that may ever be asked; `nil` for no limit.
        public var queries: Int?
        /// The most tokens that may ever be read and written; `nil` for no limit.
        public var tokens: Int?
        /// The cost units that may be asked for per second, in the long run; `nil` for no limit.
        public var rate: Double?
        /// The cost units that may be asked for at once; ten seconds' worth when `nil`.
        public var burst: Double?

        /// The names in a file; a limit by any other name is refused, since it would be none.
        enum CodingKeys: String, CodingKey, CaseIterable { case name, hash, queries, tokens, rate, burst }

        /// Creates an entry.
        public init(
            name: String, hash: KeyHash, queries: Int? = nil, tokens: Int? = nil, rate: Double? = nil,
            burst: Double? = nil
        ) {
            (self.name, self.hash) = (name, hash)
            (self.queries, self.tokens, self.rate, self.burst) = (queries, tokens, rate, burst)
        }
    }

    /// The keys, in the file's order.
    public private(set) var entries: [Entry] = []

    /// Creates an empty ring.
    public init() {}

    /// Reads a file's text.
    ///
    /// - Throws: ``KeyRingError`` that names the line.
    public init(decoding text: String) throws(KeyRingError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            do {
                try add(try Self.entry(line))
            } catch {
                throw KeyRingError("line \(index + 1): \(error)")
            }
        }
    }

    private static func entry(_ line: Substring) throws(KeyRingError) -> Entry {
        do {
            let found = try JSONDecoder().decode(Named.self, from: Data(line.utf8))
            if let strange = found.names.subtracting(Entry.CodingKeys.allCases.map(\.rawValue)).min() {
                let known = Entry.CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
                throw KeyRingError("expected no other names than \(known), found '\(strange)'; correct or remove it")
            }
            return found.entry
        } catch let error as KeyRingError {
            throw error
        } catch {
            throw KeyRingError(
                "expected a JSON object with 'name' and 'hash' (64 hexadecimal digits) and numbers 'queries', "
                    + "'tokens', 'rate', 'burst' where there are limits; make one with: "
                    + "penumbra keys new NAME --file FILE"
            )
        }
    }

    /// An entry with all names of its object.
    private struct Named: Decodable {
        var entry: Entry
        var names: Set<String>

        private struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            names = Set(try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue))
            entry = try Entry(from: decoder)
        }
    }

    /// Reads a file.
    ///
    /// - Throws: ``KeyRingError`` that names the file, and the line where there is one.
    public init(contentsOf file: URL) throws(KeyRingError) {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw KeyRingError(
                "\(file.path): expected a file of keys, found none that can be read; "
                    + "make one with: penumbra keys new NAME --file \(file.path)")
        }
        do {
            try self.init(decoding: text)
        } catch {
            throw KeyRingError("\(file.path), \(error)")
        }
    }

    /// Adds a key.
    ///
    /// - Throws: ``KeyRingError`` when the name or the hash is there already, or a limit makes no sense.
    public mutating func add(_ entry: Entry) throws(KeyRingError) {
        try Self.check(entry)
        guard !entries.contains(where: { $0.name == entry.name }) else {
            throw KeyRingError("expected names that differ, found '\(entry.name)' twice; choose another")
        }
        guard !entries.contains(where: { $0.hash == entry.hash }) else {
            throw KeyRingError("expected keys that differ, found that of '\(entry.name)' twice; remove one")
        }
        entries.append(entry)
    }

    /// The least rate in cost units per second: one a day.
    ///
    /// Below, nobody would wait as long as he is told to.
    static let leastRate = 1.2e-5

    private static func check(_ entry: Entry) throws(KeyRingError) {
        let allowed = entry.name.utf8.allSatisfy { isalnum(Int32($0)) != 0 || ".-_".utf8.contains($0) }
        guard allowed, (1...64).contains(entry.name.utf8.count) else {
            throw KeyRingError("expected a name of 1 to 64 letters, digits, '.', '-' and '_', found '\(entry.name)'")
        }
        for (what, limit) in [("queries", entry.queries), ("tokens", entry.tokens)] {
            if let limit, limit < 0 { throw KeyRingError("\(what): expected 0 or more, found \(limit)") }
        }
        if let rate = entry.rate, !(rate >= leastRate && rate.isFinite) {
            throw KeyRingError(
                "rate: expected \(leastRate) or more, which is one unit a day, found \(rate); to grant no query give 0 queries"
            )
        }
        if let burst = entry.burst, !(burst > 0 && burst.isFinite) {
            throw KeyRingError("burst: expected a number above 0, found \(burst)")
        }
        guard entry.burst == nil || entry.rate != nil else {
            throw KeyRingError("burst: expected a rate beside it, found none; give both")
        }
    }

    /// The entry of a key; `nil` when it is not known.
    ///
    /// The key is compared with every entry and each comparison takes the same time, so that the time that an answer
    /// takes tells nothing of the keys.
    public func entry(for key: APIKey) -> Entry? {
        let hash = key.hash
        var found: Int?
        for (index, entry) in entries.enumerated() where entry.hash.isEqual(to: hash) { found = index }
        return found.map { entries[$0] }
    }

    /// The file's text.
    public var encoded: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return entries.map { entry in
            guard let line = try? encoder.encode(entry) else { preconditionFailure("limits are finite: \(entry.name)") }
            return String(decoding: line, as: UTF8.self) + "\n"
        }.joined()
    }

    /// Adds a key to a file, which is made when it is not there.
    ///
    /// Programs that do so at the same time take turns, so that no key is lost.
    ///
    /// - Throws: ``KeyRingError`` when the file is no file of keys, has the name already, or cannot be written.
    public static func add(_ entry: Entry, to file: URL) throws(KeyRingError) {
        let directory = unsafe open(file.absoluteURL.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw unwritable(file) }
        defer { close(directory) }
        while flock(directory, LOCK_EX) != 0 {
            guard errno == EINTR else { throw unwritable(file) }
        }
        var ring = FileManager.default.fileExists(atPath: file.path) ? try KeyRing(contentsOf: file) : KeyRing()
        try ring.add(entry)
        try ring.write(to: file)
    }

    private static func unwritable(_ file: URL) -> KeyRingError {
        KeyRingError("\(file.path): expected a place to write keys to, found none; check the directory")
    }

    /// Writes the file in one step; nobody but its owner can read it.
    ///
    /// - Throws: ``KeyRingError`` when it cannot be written.
    public func write(to file: URL) throws(KeyRingError) {
        let draft = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).\(getpid())")
        do {
            guard
                FileManager.default.createFile(
                    atPath: draft.path, contents: Data(encoded.utf8), attributes: [.posixPermissions: 0o600])
            else { throw CocoaError(.fileWriteUnknown) }
            guard unsafe rename(draft.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            _ = unsafe unlink(draft.path)
            throw Self.unwritable(file)
        }
    }
}

/// What is wrong with a file of keys: one line.
public struct KeyRingError: Error, Equatable, CustomStringConvertible {
    /// What was expected, what was found, what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
