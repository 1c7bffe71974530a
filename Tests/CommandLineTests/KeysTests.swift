import Foundation
import Testing

@Suite("Keys")
struct KeysTests {
    private struct Entry: Decodable {
        var name: String
        var hash: String
        var queries: Int?
        var tokens: Int?
        var rate: Double?
        var burst: Double?
        var used: Used
    }

    private struct Used: Decodable, Equatable {
        var queries: Int
        var tokens: Int
    }

    @Test("A key is printed once and stored as a hash, with its limits; a second one joins it")
    func keys() throws {
        let scratch = try Scratch()
        let file = scratch.file("keys").path
        let limits = ["--queries", "5000", "--tokens", "100000", "--rate", "20", "--burst", "512"]
        let first = try Program.run(["keys", "new", "alice", "--file", file] + limits)
        #expect(first.status == 0 && first.errorLines.count == 1)
        let key = first.output.trimmingCharacters(in: .newlines)
        #expect(key.wholeMatch(of: /pk-[0-9a-f]{64}/) != nil)
        let second = try Program.run(["keys", "new", "bob", "--file", file])
        #expect(second.status == 0 && second.output != first.output)

        let entries = try Program.run(["keys", "list", "--file", file, "--json"]).decoded([Entry].self)
        #expect(entries.map(\.name) == ["alice", "bob"])
        #expect(entries[0].queries == 5000 && entries[0].tokens == 100_000)
        #expect(entries[0].rate == 20 && entries[0].burst == 512 && entries[1].queries == nil)
        #expect(entries[0].hash.count == 64 && !key.contains(entries[0].hash))
        #expect(!(try String(contentsOfFile: file, encoding: .utf8)).contains(key.dropFirst(3)))

        let table = try Program.run(["keys", "list", "--file", file])
        #expect(table.status == 0 && table.output.split(separator: "\n").count == 3)
        #expect(table.output.contains("alice") && !table.output.contains(entries[0].hash))
    }

    /// A ledger's line, as a gateway writes it for a key whose hash is 64 times the digit 5.
    private let line =
        #"{"key":"\#(String(repeating: "5", count: 64))","name":"alice","queries":12,"tokens":345,"check":"93c3c720"}"#

    @Test("The list says what each key has used, by the ledger beside the file or by one that is named")
    func ledger() throws {
        let scratch = try Scratch()
        let file = scratch.file("keys")
        let entries = ["5", "6"].map {
            #"{"hash":"\#(String(repeating: $0, count: 64))","name":"n\#($0)","queries":50}"#
        }
        try Data((entries.joined(separator: "\n") + "\n").utf8).write(to: file)
        let list = ["keys", "list", "--file", file.path]
        #expect(try Program.run(list + ["--json"]).decoded([Entry].self).map(\.used.queries) == [0, 0])

        let ledger = scratch.file("keys.ledger")
        try Data("{\"ledger\":1}\n\(line)\n".utf8).write(to: ledger)
        let used = try Program.run(list + ["--json"]).decoded([Entry].self).map(\.used)
        #expect(used == [Used(queries: 12, tokens: 345), Used(queries: 0, tokens: 0)])
        let table = try Program.run(list).output
        #expect(table.contains("12") && table.contains("345") && table.contains("50"))

        let damaged = scratch.file("damaged")
        try Data("{\"ledger\":1}\n\(line.replacing("345", with: "344"))\n".utf8).write(to: damaged)
        for wrong in [damaged, file, scratch.file("missing")] {
            let outcome = try Program.run(list + ["--ledger", wrong.path])
            #expect(outcome.status == 2 && outcome.errorLines.count == 1 && outcome.output.isEmpty)
        }
        try Data("{\"ledger\":1}\n".utf8).write(to: damaged)
        let named = try Program.run(list + ["--json", "--ledger", damaged.path]).decoded([Entry].self)
        #expect(named.map(\.used.queries) == [0, 0])
    }

    @Test("What cannot be stored or read is said in one line, and the file stays as it was")
    func badInput() throws {
        let scratch = try Scratch()
        let file = scratch.file("keys").path
        #expect(try Program.run(["keys", "new", "alice", "--file", file]).status == 0)
        let before = try Data(contentsOf: scratch.file("keys"))
        try Data("nonsense\n".utf8).write(to: scratch.file("broken"))
        let calls = [
            ["new", "alice", "--file", file], ["new", "a b", "--file", file],
            ["new", "b", "--file", file, "--rate", "0"],
            ["new", "b", "--file", file, "--burst", "3"], ["new", "b", "--file", file, "--queries", "-1"],
            ["list", "--file", scratch.file("missing").path], ["list", "--file", scratch.file("broken").path],
            ["new", "b", "--file", scratch.file("broken").path],
        ]
        for call in calls {
            let outcome = try Program.run(["keys"] + call)
            #expect(outcome.status == 2 && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(call)")
        }
        #expect(try Data(contentsOf: scratch.file("keys")) == before)
    }
}
