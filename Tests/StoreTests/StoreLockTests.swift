import Foundation
import Synchronization
import Testing

@testable import Store

/// Counts who is inside at the same time.
private final class Census: Sendable {
    private let counts = Mutex((now: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }

    func leave() { counts.withLock { $0.now -= 1 } }
}

@Suite struct StoreLockTests {
    let scratch: Scratch
    let store: ArtefactStore
    let key: Key

    init() throws {
        scratch = try Scratch()
        store = scratch.store
        key = try Key(of: "locked")
    }

    @Test("Never two at a time hold the same lock") func exclusion() async throws {
        let (store, key) = (store, key)
        let census = Census()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let lock = try await store.lock(stage: "victim", key: key)
                    census.enter()
                    try await Task.sleep(for: .milliseconds(5))
                    census.leave()
                    lock.release()
                }
            }
            try await group.waitForAll()
        }
        #expect(census.most == 1)
    }

    @Test("Another process is kept out, and let in when the lock is given back") func processes() throws {
        let lock = try takeLock(key)
        let file = store.root.appending(path: ".locks/victim-\(key.hex)")
        #expect(try status(of: file) == 1)
        lock.release()
        lock.release()
        #expect(try status(of: file) == 0)
    }

    @Test("Other keys are not kept waiting") func otherKeys() throws {
        let first = try takeLock(key)
        let second = try takeLock(try Key(of: "another"))
        first.release()
        second.release()
    }

    private func takeLock(_ key: Key) throws -> StoreLock { try store.lock(stage: "victim", key: key) }

    /// Returns 0 when the command `flock` gets the lock at once, 1 when not.
    private func status(of file: URL) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["flock", "--nonblock", file.path, "true"]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
