import Foundation
import Testing

@testable import Store

@Suite struct ArtefactStoreTests {
    let scratch: Scratch
    let store: ArtefactStore
    let key: Key

    init() throws {
        scratch = try Scratch()
        store = scratch.store
        key = try Key(of: "a stage")
    }

    private struct Sabotage: Error, Equatable {}

    private func commit(_ text: String = "weights") throws -> Artefact {
        try store.commit(stage: "victim", key: key) { directory in
            try Data(text.utf8).write(to: directory.appending(path: "model"))
            let folder = directory.appending(path: "logs")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("epoch 1".utf8).write(to: folder.appending(path: "train.log"))
        }
    }

    @Test("What was committed is found again, with its files") func roundTrip() throws {
        #expect(try store.lookup(stage: "victim", key: key) == nil)
        let committed = try commit()
        let found = try #require(try store.lookup(stage: "victim", key: key))
        #expect(found == committed)
        #expect(found.files == ["logs/train.log", "model"])
        #expect(try found.data("model") == Data("weights".utf8))
        #expect(found.url.path.hasSuffix("store/victim/\(key.hex)"))
        #expect(try scratch.files().allSatisfy { !$0.hasPrefix(".tmp") })
    }

    @Test("A file that is not there is an error that names those that are") func noSuchFile() throws {
        let artefact = try commit()
        let error = try #require(throws: StoreError.self) { try artefact.data("weights.bin") }
        #expect(error.description.contains("logs/train.log, model"))
    }

    @Test(
        "A damaged artefact is reported, removed and absent",
        arguments: ["flipped", "truncated", "missing", "extra", "no DONE", "torn DONE", "link"])
    func corruption(_ kind: String) throws {
        let artefact = try commit()
        let model = artefact.file("model")
        let done = artefact.file("DONE")
        switch kind {
        case "flipped": try Data("weighty".utf8).write(to: model)
        case "truncated": try Data("weight".utf8).write(to: model)
        case "missing": try FileManager.default.removeItem(at: model)
        case "extra": try Data().write(to: artefact.file("model2"))
        case "no DONE": try FileManager.default.removeItem(at: done)
        case "torn DONE": try Data(contentsOf: done).dropLast(9).write(to: done)
        default:
            try FileManager.default.removeItem(at: model)
            try FileManager.default.createSymbolicLink(atPath: model.path, withDestinationPath: "/etc/hostname")
        }
        #expect(try store.lookup(stage: "victim", key: key) == nil)
        #expect(scratch.reports.count == 1)
        #expect(scratch.reports.first?.hasPrefix("victim/\(key.hex) is damaged") == true)
        #expect(scratch.reports.first?.contains("\n") == false)
        #expect(try scratch.files() == [])
        _ = try commit()
        #expect(try store.lookup(stage: "victim", key: key) != nil)
        #expect(scratch.reports.count == 1)
    }

    @Test("The second commit of a key keeps the first") func twice() throws {
        _ = try commit("first")
        let second = try commit("second")
        #expect(try second.data("model") == Data("first".utf8))
        #expect(try scratch.files().count == 3)
    }

    @Test("A commit over a damaged artefact replaces it") func overDamaged() throws {
        let first = try commit("first")
        try Data("fIrst".utf8).write(to: first.file("model"))
        let second = try commit("second")
        #expect(try second.data("model") == Data("second".utf8))
        #expect(scratch.reports.count == 1)
    }

    @Test("Of many concurrent commits one wins, whole") func concurrent() async throws {
        let (store, key) = (store, key)
        let seen = try await withThrowingTaskGroup(of: Data.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try store.commit(stage: "victim", key: key) { directory in
                        for part in 0..<4 {
                            try Data("\(number)".utf8).write(to: directory.appending(path: "part\(part)"))
                        }
                    }.data("part3")
                }
            }
            return try await group.reduce(into: Set<Data>()) { $0.insert($1) }
        }
        let artefact = try #require(try store.lookup(stage: "victim", key: key))
        let parts = try Set((0..<4).map { try artefact.data("part\($0)") })
        #expect(seen.count == 1)
        #expect(parts == seen)
        #expect(scratch.reports == [])
        #expect(try scratch.files().count == 5)
    }

    @Test("A failing stage leaves nothing and keeps its own error") func failing() throws {
        #expect(throws: Sabotage()) {
            try store.commit(stage: "victim", key: key) { directory in
                try Data("half".utf8).write(to: directory.appending(path: "model"))
                throw Sabotage()
            }
        }
        #expect(try scratch.files() == [])
        #expect(try store.lookup(stage: "victim", key: key) == nil)
    }

    @Test("A stage may not write DONE itself") func reserved() throws {
        #expect(throws: StoreError.self) {
            try store.commit(stage: "victim", key: key) { try Data().write(to: $0.appending(path: "DONE")) }
        }
        #expect(try scratch.files() == [])
    }

    @Test("Leftovers of dead processes are ignored and swept, those of living ones are kept") func sweep() throws {
        let parent = store.root.appending(path: ".tmp")
        let host = ProcessInfo.processInfo.hostName
        let dead = parent.appending(path: "\(Int32.max - 1).\(UUID().uuidString)@\(host)")
        let elsewhere = parent.appending(path: "\(Int32.max - 1).\(UUID().uuidString)@another-\(host)")
        let living = try TemporaryDirectory(parent: parent).make()
        for directory in [dead, elsewhere, living] {
            try Durable.makeDirectory(directory)
            try Data("half".utf8).write(to: directory.appending(path: "model"))
        }
        #expect(try store.lookup(stage: "victim", key: key) == nil)
        _ = try commit()
        #expect(!FileManager.default.fileExists(atPath: dead.path))
        #expect(FileManager.default.fileExists(atPath: elsewhere.path))
        #expect(FileManager.default.fileExists(atPath: living.path))
    }

    @Test("A full disk is one clear line, from the store's own writes and from a stage's") func fullDisk() throws {
        let reason = "No space left on device"
        #expect(throws: StoreError.writeFailed(path: "/dev/full", reason: reason)) {
            try Durable.write(Data("x".utf8), to: URL(filePath: "/dev/full"))
        }
        let error = try #require(throws: StoreError.self) {
            try store.commit(stage: "victim", key: key) { _ in throw CocoaError(.fileWriteOutOfSpace) }
        }
        #expect(error.description.contains(reason))
        let raw = try #require(throws: StoreError.self) {
            try store.commit(stage: "victim", key: key) { _ in
                try FileHandle(forWritingTo: URL(filePath: "/dev/full")).write(contentsOf: Data("x".utf8))
            }
        }
        #expect(raw.description.contains(reason))
        #expect(try scratch.files() == [])
    }

    @Test("A store that can't be written says so with its path") func unwritable() throws {
        let file = scratch.url.appending(path: "file")
        try Data().write(to: file)
        let store = ArtefactStore(root: file.appending(path: "store")) { _ in }
        let error = try #require(throws: StoreError.self) {
            try store.commit(stage: "victim", key: key) { _ in }
        }
        guard case .writeFailed(let path, let reason) = error else {
            Issue.record("expected writeFailed, got \(error)")
            return
        }
        #expect(path.hasPrefix(file.path))
        #expect(reason == "Not a directory")
    }

    @Test("A stage's name can't leave the store", arguments: ["", "..", "a/b", ".tmp", "naïve"])
    func stageNames(_ name: String) {
        #expect(throws: StoreError.invalidStage(name)) { try store.lookup(stage: name, key: key) }
        #expect(throws: StoreError.invalidStage(name)) { try store.checkpointDirectory(stage: name, key: key) }
    }

    @Test("Checkpoints live until the commit, and survive a failure") func checkpoints() throws {
        let directory = try store.checkpointDirectory(stage: "victim", key: key)
        try store.writeAtomically(Data("epoch 1".utf8), to: directory.appending(path: "state"))
        #expect(throws: Sabotage()) { try store.commit(stage: "victim", key: key) { _ in throw Sabotage() } }
        let again = try store.checkpointDirectory(stage: "victim", key: key)
        #expect(try Data(contentsOf: again.appending(path: "state")) == Data("epoch 1".utf8))
        _ = try commit()
        #expect(!FileManager.default.fileExists(atPath: directory.path))
    }

    @Test("An atomic write replaces the old content and leaves nothing beside it") func atomicWrite() throws {
        let file = scratch.url.appending(path: "state")
        try store.writeAtomically(Data("old".utf8), to: file)
        try store.writeAtomically(Data("new".utf8), to: file)
        #expect(try Data(contentsOf: file) == Data("new".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["state"])
        #expect(throws: StoreError.self) {
            try store.writeAtomically(Data(), to: scratch.url.appending(path: "absent/state"))
        }
    }
}
