import Foundation
import Tensors
import Testing

@testable import ThreatModel

/// A folder for a ledger, which goes with its owner.
final class LedgerScratch: Sendable {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var file: URL { folder.appending(path: "keys.ledger") }

    var text: String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }

    func write(_ text: String) throws { try Data(text.utf8).write(to: file) }
}

@Suite struct UsageLedgerTests {
    private let alice = KeyRing.Entry(name: "alice", hash: APIKey("1").hash)
    private let bob = KeyRing.Entry(name: "bob", hash: APIKey("2").hash)
    private var keys: [KeyRing.Entry] { [alice, bob] }

    /// Opens, writes and closes.
    private func use(_ file: URL, _ uses: [(KeyRing.Entry, Int, Int)]) throws {
        let ledger = try UsageLedger(file, of: keys)
        for (entry, queries, tokens) in uses {
            try ledger.append(QueryCost(queries: queries, tokens: tokens), by: entry)
        }
    }

    @Test("What was used is there again when the file is opened anew, per key, and only its owner can read it")
    func restart() throws {
        let scratch = try LedgerScratch()
        try use(scratch.file, [(alice, 2, 15), (bob, 1, 0), (alice, 3, 0), (bob, 0, 0)])
        #expect(scratch.text.split(separator: "\n").count == 4)
        let ledger = try UsageLedger(scratch.file, of: keys)
        #expect(ledger.used(by: alice.hash) == QueryCost(queries: 5, tokens: 15))
        #expect(ledger.used(by: bob.hash) == QueryCost(queries: 1))
        #expect(ledger.used(by: APIKey("3").hash) == QueryCost(queries: 0))
        #expect(try UsageLedger.totals(in: scratch.file).map(\.name) == ["alice", "bob"])
        let attributes = try FileManager.default.attributesOfItem(atPath: scratch.file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("An account begins where it ended, so that a budget is spent once, restart or not")
    func account() throws {
        let scratch = try LedgerScratch()
        let entry = KeyRing.Entry(name: "alice", hash: alice.hash, queries: 5)
        for (count, left) in [(3, 2), (2, 0)] {
            let account = Account(entry, ledger: try UsageLedger(scratch.file, of: [entry]))
            _ = try account.pay(for: .decode(.zeros([count, 1])), at: 0) { () throws(ThreatModelError) in
                .vectors(.zeros([count, 1]))
            }
            #expect(account.spent.queries == 5 - left)
        }
        let account = Account(entry, ledger: try UsageLedger(scratch.file, of: [entry]))
        #expect(throws: ThreatModelError.self) { try account.charge(QueryCost(queries: 1), at: 0) }
    }

    @Test("A line that was torn by a kill is dropped, wherever it was torn, and the next one is sound")
    func torn() throws {
        let scratch = try LedgerScratch()
        try use(scratch.file, [(alice, 2, 15)])
        let before = scratch.text
        try use(scratch.file, [(alice, 4, 1)])
        let whole = scratch.text
        for length in before.utf8.count..<whole.utf8.count {
            try scratch.write(String(whole.prefix(length)))
            #expect(try UsageLedger.totals(in: scratch.file).map(\.used) == [QueryCost(queries: 2, tokens: 15)])
            try use(scratch.file, [(alice, 1, 1)])
            #expect(try UsageLedger.totals(in: scratch.file).map(\.used) == [QueryCost(queries: 3, tokens: 16)])
        }
        for length in 0...13 {
            try scratch.write(String(whole.prefix(length)))
            try use(scratch.file, [(alice, 1, 1)])
            #expect(try UsageLedger.totals(in: scratch.file).map(\.used) == [QueryCost(queries: 1, tokens: 1)])
        }
    }

    @Test("A changed digit, a strange line and a second heading are damage, which is told with its line")
    func damage() throws {
        let scratch = try LedgerScratch()
        try use(scratch.file, [(alice, 2, 15), (bob, 1, 0), (alice, 3, 0)])
        let sound = scratch.text
        let damages = [
            sound.replacing("\"queries\":1", with: "\"queries\":0"), sound.replacing("bob", with: "bop"),
            sound.replacing("\"name\":\"bob\"", with: "\"name\": \"bob\""),
            sound.replacing(#/{[^{]*bob.*}/#, with: ""), sound.replacing(#/{[^{]*bob.*}/#, with: "{\"ledger\":1}"),
        ]
        for damaged in damages {
            try scratch.write(damaged)
            let error = try #require(throws: UsageLedgerError.self) { try UsageLedger(scratch.file, of: keys) }
            #expect(error.description.contains("\(scratch.file.path), line 3:") && damaged != sound)
            #expect(throws: error) { try UsageLedger.totals(in: scratch.file) }
            // What is damaged is not touched.
            #expect(scratch.text == damaged)
        }
    }

    @Test("What is no ledger is refused and stays as it was: no line of it is taken for a torn one")
    func foreignFile() throws {
        let scratch = try LedgerScratch()
        for text in ["hello", "{\"hash\":\"00\",\"name\":\"alice\"}\n", "\n", "{\"ledger\":2}\n"] {
            try scratch.write(text)
            let error = #expect(throws: UsageLedgerError.self) { try UsageLedger(scratch.file, of: keys) }
            #expect(error?.description.contains("found something else") == true && scratch.text == text)
        }
        #expect(throws: UsageLedgerError.self) { try UsageLedger(URL(filePath: "/dev/null"), of: keys) }
        #expect(throws: UsageLedgerError.self) { try UsageLedger(URL(filePath: "/nowhere/at/all"), of: keys) }
        #expect(throws: UsageLedgerError.self) { try UsageLedger.totals(in: URL(filePath: "/nowhere/at/all")) }
    }

    @Test("A ledger of other keys is refused; a key that came or went later is no other ring")
    func otherKeys() throws {
        let scratch = try LedgerScratch()
        try use(scratch.file, [(alice, 2, 15), (bob, 1, 0)])
        let renewed = KeyRing.Entry(name: "alice", hash: APIKey("3").hash)
        let error = #expect(throws: UsageLedgerError.self) { try UsageLedger(scratch.file, of: [renewed]) }
        #expect(error?.description.contains("'alice'") == true)
        let ledger = try UsageLedger(scratch.file, of: [renewed, bob])
        #expect(ledger.used(by: renewed.hash) == QueryCost(queries: 0))
        #expect(ledger.used(by: alice.hash) == QueryCost(queries: 2, tokens: 15))
    }

    @Test("One process writes a ledger at a time; whoever reads it meanwhile sees what was answered")
    func oneWriter() throws {
        let scratch = try LedgerScratch()
        do {
            let ledger = try UsageLedger(scratch.file, of: keys)
            try ledger.append(QueryCost(queries: 1), by: alice)
            let error = #expect(throws: UsageLedgerError.self) { try UsageLedger(scratch.file, of: keys) }
            #expect(error?.description.contains("in use") == true)
            #expect(try UsageLedger.totals(in: scratch.file).map(\.used.queries) == [1])
        }
        _ = try UsageLedger(scratch.file, of: keys)
    }

    @Test("The file is replaced by one with a line per key, when it is opened and when it has grown; nothing is lost")
    func compaction() throws {
        let scratch = try LedgerScratch()
        let count = UsageLedger.mostRecords + 10
        do {
            let ledger = try UsageLedger(scratch.file, of: keys)
            for index in 0..<count {
                try ledger.append(QueryCost(queries: 1, tokens: 2), by: index % 2 == 0 ? alice : bob)
            }
            // After the ten-thousandth line and the two of the keys come the last eight.
            #expect(scratch.text.split(separator: "\n").count == 1 + 2 + 8)
            // The new file is locked like the old one.
            #expect(throws: UsageLedgerError.self) { try UsageLedger(scratch.file, of: keys) }
            #expect(ledger.used(by: bob.hash) == QueryCost(queries: count / 2, tokens: count))
        }
        _ = try UsageLedger(scratch.file, of: keys)
        #expect(scratch.text.split(separator: "\n").count == 1 + 2)
        let totals = try UsageLedger.totals(in: scratch.file)
        #expect(totals.map(\.used) == Array(repeating: QueryCost(queries: count / 2, tokens: count), count: 2))
    }

    @Test("Threads write whole lines, and all of them")
    func threads() async throws {
        let scratch = try LedgerScratch()
        do {
            let (ledger, keys) = (try UsageLedger(scratch.file, of: keys), keys)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for thread in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 { try ledger.append(QueryCost(queries: 1), by: keys[thread % 2]) }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(try UsageLedger.totals(in: scratch.file).map(\.used.queries) == [200, 200])
        #expect(scratch.text.split(separator: "\n").count == 401)
    }
}
