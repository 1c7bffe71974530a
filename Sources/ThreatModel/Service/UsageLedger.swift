public import Foundation
import Synchronization

/// What keys have used, in a file that outlives the process which writes it.
///
/// Its first line says what it is; then each answer adds a ``UsageRecord``, written before the answer leaves. So a process
/// that is killed has given no answer which is not written down; of its last line there may be a part, which belongs to
/// no answer and is dropped. Keys are told apart by their hashes: a new key of an old name begins with nothing.
///
/// From time to time the file is replaced by one with a line per key. While it is open no other process can open it.
/// - Deviation: a line is handed to the operating system and not forced onto the disk (one `write` an answer, no `fsync`),
///   since a disk's pace would be the service's: a killed process loses nothing, a power cut perhaps the last seconds.
public final class UsageLedger: Sendable {
    private let file: URL
    private let state: Mutex<State>

    /// The file while it is open.
    private struct State {
        var descriptor: Int32
        var content: LedgerContent
    }

    /// The records after which the file is replaced by a shorter one.
    static let mostRecords = 10_000

    /// Opens a ledger, which is made when it is not there.
    ///
    /// - Parameters:
    ///   - file: where it is.
    ///   - keys: the entries whose use it keeps.
    /// - Throws: ``UsageLedgerError`` when the file is no ledger, is damaged, knows none of the keys but others, is open
    ///   elsewhere or cannot be written.
    public init(_ file: URL, of keys: [KeyRing.Entry]) throws(UsageLedgerError) {
        // A link stays one when what it leads to is replaced.
        self.file = file.resolvingSymlinksInPath()
        let descriptor = try LedgerFile.open(self.file)
        do throws(UsageLedgerError) {
            var content = try LedgerContent(decoding: try LedgerFile.bytes(of: descriptor, self.file), self.file)
            try content.check(keys, self.file)
            try LedgerFile.truncate(descriptor, to: content.length, self.file)
            if content.length == 0 { try content.append(LedgerContent.heading, descriptor, self.file) }
            state = Mutex(State(descriptor: descriptor, content: content))
        } catch {
            close(descriptor)
            throw error
        }
        // Where that fails the longer file is as good.
        state.withLock { if $0.content.records > $0.content.totals.count { try? compact(&$0) } }
    }

    deinit { state.withLock { _ = close($0.descriptor) } }

    /// Where the ledger of a file of keys is unless somebody says otherwise: beside it, with `.ledger` after its name.
    public static func file(beside keys: URL) -> URL { keys.appendingPathExtension("ledger") }

    /// What each key has used that is in a file, in the order of its first use; the file stays as it is.
    ///
    /// - Throws: ``UsageLedgerError`` when the file cannot be read, is no ledger or is damaged.
    public static func totals(in file: URL) throws(UsageLedgerError) -> [UsageRecord] {
        guard let data = try? Data(contentsOf: file) else {
            throw UsageLedgerError(
                "\(file.path): expected a ledger, found none that can be read; name the one of the gateway")
        }
        return try LedgerContent(decoding: data, file).totals
    }

    /// What the holder of a key has used.
    public func used(by key: KeyHash) -> QueryCost {
        state.withLock { $0.content.used(by: key) }
    }

    /// Writes down what the holder of a key has used; nothing when that is nothing.
    ///
    /// - Throws: ``UsageLedgerError`` when it cannot be written; then the file is as it was.
    func append(_ used: QueryCost, by entry: KeyRing.Entry) throws(UsageLedgerError) {
        guard used != QueryCost(queries: 0) else { return }
        let record = UsageRecord(name: entry.name, hash: entry.hash, used: used)
        try state.withLock { state throws(UsageLedgerError) in
            try state.content.append(record.text, state.descriptor, file)
            state.content.add(record)
            guard state.content.records >= Self.mostRecords + state.content.totals.count else { return }
            // Where that fails the longer file is as good, and the next record tries again.
            try? compact(&state)
        }
    }

    /// Replaces the file by one with a record per key, in one step.
    private func compact(_ state: inout State) throws(UsageLedgerError) {
        let lines = [LedgerContent.heading] + state.content.totals.map(\.text)
        let text = lines.joined(separator: "\n") + "\n"
        let descriptor = try LedgerFile.replace(file, by: text)
        close(state.descriptor)
        state.descriptor = descriptor
        (state.content.records, state.content.length) = (state.content.totals.count, text.utf8.count)
    }
}

/// What a ledger's file says.
private struct LedgerContent {
    static let heading = #"{"ledger":1}"#

    /// A record per key, in the order of their first use.
    private(set) var totals: [UsageRecord] = []
    private var places: [String: Int] = [:]
    /// The records that were read and written.
    var records = 0
    /// The bytes that they take, without what is left of a torn line.
    var length = 0

    /// Reads a file, but the part of a line at its end.
    init(decoding data: Data, _ file: URL) throws(UsageLedgerError) {
        guard let end = data.lastIndex(of: 10) else {
            // A heading may be torn like any other line.
            guard Data((Self.heading + "\n").utf8).starts(with: data) else { throw .noLedger(file) }
            return
        }
        length = end + 1
        let lines = String(decoding: data[..<end], as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines[0] == Self.heading else { throw .noLedger(file) }
        for (index, line) in lines.enumerated().dropFirst() {
            guard let record = UsageRecord(line), canAdd(record) else { throw .damaged(file, line: index + 1) }
            add(record)
        }
    }

    func used(by key: KeyHash) -> QueryCost {
        places[key.hexadecimal].map { totals[$0].used } ?? QueryCost(queries: 0)
    }

    private func canAdd(_ record: UsageRecord) -> Bool {
        let used = used(by: record.hash)
        return !used.queries.addingReportingOverflow(record.used.queries).overflow
            && !used.tokens.addingReportingOverflow(record.used.tokens).overflow
    }

    mutating func add(_ record: UsageRecord) {
        records += 1
        if let place = places[record.hash.hexadecimal] {
            totals[place].used.queries += record.used.queries
            totals[place].used.tokens += record.used.tokens
        } else {
            places[record.hash.hexadecimal] = totals.count
            totals.append(record)
        }
    }

    /// Checks that the ledger is new, or knows one of the keys at least.
    func check(_ keys: [KeyRing.Entry], _ file: URL) throws(UsageLedgerError) {
        guard let first = totals.first, !keys.contains(where: { places[$0.hash.hexadecimal] != nil }) else { return }
        throw UsageLedgerError(
            "\(file.path): expected the use of the keys that are given, found that of others, such as '\(first.name)'; "
                + "name the ledger that belongs to the keys, or a new one")
    }

    /// Writes a line at the end, or nothing.
    mutating func append(_ line: String, _ descriptor: Int32, _ file: URL) throws(UsageLedgerError) {
        let bytes = [UInt8]((line + "\n").utf8)
        let count = unsafe write(descriptor, bytes, bytes.count)
        guard count == bytes.count else {
            try LedgerFile.truncate(descriptor, to: length, file)
            throw .unwritable(file)
        }
        length += count
    }
}

/// What a ledger asks of the operating system.
private enum LedgerFile {
    /// Opens a file, or makes it, for one process at a time.
    static func open(_ file: URL) throws(UsageLedgerError) -> Int32 {
        while true {
            let descriptor = unsafe Foundation.open(file.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .unwritable(file) }
            do throws(UsageLedgerError) {
                guard let own = status(of: descriptor), own.st_mode & S_IFMT == S_IFREG else { throw .noLedger(file) }
                guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(file) }
                var named = stat()
                // Between the opening and the lock another process may have put a shorter file in its place.
                if unsafe stat(file.path, &named) == 0, named.st_ino == own.st_ino, named.st_dev == own.st_dev {
                    return descriptor
                }
            } catch {
                close(descriptor)
                throw error
            }
            close(descriptor)
        }
    }

    private static func status(of descriptor: Int32) -> stat? {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status : nil
    }

    static func bytes(of descriptor: Int32, _ file: URL) throws(UsageLedgerError) -> Data {
        do {
            return try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd() ?? Data()
        } catch {
            throw .unwritable(file)
        }
    }

    static func truncate(_ descriptor: Int32, to length: Int, _ file: URL) throws(UsageLedgerError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw .unwritable(file) }
    }

    /// Puts a new file in the place of another, on the disk before it has the name: the totals of all keys are in it.
    static func replace(_ file: URL, by text: String) throws(UsageLedgerError) -> Int32 {
        let draft = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).\(getpid())")
        let flags = O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC
        let descriptor = unsafe Foundation.open(draft.path, flags, 0o600)
        guard descriptor >= 0 else { throw .unwritable(file) }
        let bytes = [UInt8](text.utf8)
        let isWritten =
            unsafe flock(descriptor, LOCK_EX | LOCK_NB) == 0 && write(descriptor, bytes, bytes.count) == bytes.count
            && fsync(descriptor) == 0 && rename(draft.path, file.path) == 0
        guard isWritten else {
            close(descriptor)
            _ = unsafe unlink(draft.path)
            throw .unwritable(file)
        }
        return descriptor
    }
}

/// What is wrong with a ledger: one line.
public struct UsageLedgerError: Error, Equatable, CustomStringConvertible {
    /// What was expected, what was found, what to do.
    public let description: String

    init(_ description: String) { self.description = description }

    fileprivate static func noLedger(_ file: URL) -> UsageLedgerError {
        UsageLedgerError(
            "\(file.path): expected a ledger, found something else; name another file, which is made when it is not there"
        )
    }

    fileprivate static func damaged(_ file: URL, line: Int) -> UsageLedgerError {
        UsageLedgerError(
            "\(file.path), line \(line): expected what a key has used, found damage; take the line away and what it "
                + "says is not counted, or bring back a copy")
    }

    fileprivate static func inUse(_ file: URL) -> UsageLedgerError {
        UsageLedgerError(
            "\(file.path): expected a ledger that nobody writes, found it in use; stop the other gateway, or name "
                + "another ledger, whose budgets are then its own")
    }

    fileprivate static func unwritable(_ file: URL) -> UsageLedgerError {
        UsageLedgerError(
            "\(file.path): expected a ledger that can be written, found none; check the directory and the disk's space")
    }
}
