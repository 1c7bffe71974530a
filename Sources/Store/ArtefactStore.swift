public import Foundation

/// A directory of results, addressed by what determines them: `<root>/<stage>/<key>/`.
///
/// An artefact appears whole or not at all, is verified whenever it is looked up, and is never changed. Processes and
/// tasks may share a store.
public struct ArtefactStore: Sendable {
    /// The directory that holds everything.
    public let root: URL
    private let onCorruption: @Sendable (String) -> Void

    /// Creates a store in a directory, which need not exist yet.
    ///
    /// - Parameters:
    ///   - root: the directory.
    ///   - onCorruption: is told in one line about each damaged artefact, which is then removed.
    public init(root: URL, onCorruption: @escaping @Sendable (String) -> Void) {
        self.root = root
        self.onCorruption = onCorruption
    }

    /// Returns the artefact of a stage and key, or nil when there is none.
    ///
    /// All files are compared with their checksums. A damaged artefact is reported and removed, and counts as absent.
    ///
    /// - Throws: `StoreError` when the store can't be read, or a damaged artefact can't be removed.
    public func lookup(stage: String, key: Key) throws -> Artefact? {
        let place = try place(stage, key)
        guard FileManager.default.fileExists(atPath: place.path) else { return nil }
        do {
            let manifest = try Manifest(of: place)
            if let difference = try manifest.difference(from: place) {
                try discard(place, stage: stage, because: difference)
                return nil
            }
            return Artefact(url: place, files: manifest.files.keys.sorted())
        } catch let error as StoreError {
            if case .unstorable = error {
                try discard(place, stage: stage, because: error.description)
                return nil
            }
            throw error
        } catch {
            let isGone = !FileManager.default.fileExists(atPath: place.path)
            if !isGone { try discard(place, stage: stage, because: "its \(Manifest.fileName) is missing or damaged") }
            return nil
        }
    }

    /// Stores what `write` puts into the directory that it is given, and returns the finished artefact.
    ///
    /// When another process has stored the same key in the meantime, its artefact is kept and returned. A failing
    /// `write` leaves nothing behind. A successful one ends the stage's checkpoints.
    ///
    /// - Parameters:
    ///   - stage: the kind of result, such as `victim`.
    ///   - key: what determines the result.
    ///   - write: writes the files; sub-directories are allowed, links are not.
    /// - Returns: the artefact in its place.
    /// - Throws: `StoreError.writeFailed` when the disk is full or the directory not writable, or what `write` throws.
    public func commit(stage: String, key: Key, write: (URL) throws -> Void) throws -> Artefact {
        let place = try place(stage, key)
        let temporary = TemporaryDirectory(parent: root.appending(path: ".tmp"))
        try temporary.sweep()
        let draft = try temporary.make()
        do {
            try fill(draft, write)
            try Durable.makeDirectory(place.deletingLastPathComponent())
            let artefact = try publish(draft, at: place, stage, key)
            try Durable.remove(checkpoints(stage, key))
            return artefact
        } catch {
            let cause = Failure.asWriteError(error, under: draft)
            try Durable.remove(draft)
            throw cause
        }
    }

    /// Returns the directory for a stage's checkpoints, which lives until the stage is committed.
    ///
    /// - Throws: `StoreError.writeFailed` when it can't be made.
    public func checkpointDirectory(stage: String, key: Key) throws -> URL {
        try validate(stage)
        let directory = checkpoints(stage, key)
        try Durable.makeDirectory(directory)
        return directory
    }

    /// Writes a file so that a reader sees the old content or the new, never a part, even after a power cut.
    ///
    /// - Throws: `StoreError.writeFailed` when the disk is full or the place not writable.
    public func writeAtomically(_ data: Data, to file: URL) throws {
        let directory = file.deletingLastPathComponent()
        let draft = directory.appending(path: ".\(file.lastPathComponent).\(UUID().uuidString)")
        do {
            try Durable.write(data, to: draft)
            guard try Durable.rename(draft, to: file) else {
                throw StoreError.writeFailed(path: file.path, reason: "a directory is in the way")
            }
        } catch {
            try Durable.remove(draft)
            throw error
        }
        try Durable.synchronise(directory)
    }

    /// Waits until nobody else holds the lock on a stage and key, and takes it; blocks the thread.
    ///
    /// - Throws: `StoreError.writeFailed` when the lock's file can't be made.
    public func lock(stage: String, key: Key) throws -> StoreLock {
        let file = try lockFile(stage, key)
        guard let lock = try StoreLock.acquire(file, isBlocking: true) else {
            throw StoreError.writeFailed(path: file.path, reason: "the lock was refused")
        }
        return lock
    }

    /// Waits without blocking a thread until nobody else holds the lock on a stage and key, and takes it.
    ///
    /// - Throws: `StoreError.writeFailed` when the lock's file can't be made, `CancellationError` when cancelled.
    public func lock(stage: String, key: Key) async throws -> StoreLock {
        let file = try lockFile(stage, key)
        while true {
            if let lock = try StoreLock.acquire(file, isBlocking: false) { return lock }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Removes the unfinished work of processes that have died; `commit` does so as well.
    ///
    /// - Throws: `StoreError` when the leftovers can't be listed or removed.
    public func sweep() throws { try TemporaryDirectory(parent: root.appending(path: ".tmp")).sweep() }

    private func place(_ stage: String, _ key: Key) throws -> URL {
        try validate(stage)
        return root.appending(path: stage).appending(path: key.hex)
    }

    private func checkpoints(_ stage: String, _ key: Key) -> URL {
        root.appending(path: ".checkpoints").appending(path: stage).appending(path: key.hex)
    }

    private func lockFile(_ stage: String, _ key: Key) throws -> URL {
        try validate(stage)
        let directory = root.appending(path: ".locks")
        try Durable.makeDirectory(directory)
        return directory.appending(path: "\(stage)-\(key.hex)")
    }

    private func validate(_ stage: String) throws {
        let isName = stage.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
        }
        guard isName, !stage.isEmpty else { throw StoreError.invalidStage(stage) }
    }

    private func fill(_ draft: URL, _ write: (URL) throws -> Void) throws {
        try write(draft)
        let done = draft.appending(path: Manifest.fileName)
        guard !FileManager.default.fileExists(atPath: done.path) else {
            throw StoreError.unstorable(path: done.path, reason: "the store itself writes this file")
        }
        try Durable.write(try Manifest(sealing: draft).encoded(), to: done)
        try Durable.synchronise(draft)
    }

    /// Moves the draft into place; what another process has put there first is kept if it is sound.
    private func publish(_ draft: URL, at place: URL, _ stage: String, _ key: Key) throws -> Artefact {
        while try !Durable.rename(draft, to: place) {
            if let existing = try lookup(stage: stage, key: key) {
                try Durable.remove(draft)
                return existing
            }
        }
        try Durable.synchronise(place.deletingLastPathComponent())
        return Artefact(url: place, files: try Manifest(of: place).files.keys.sorted())
    }

    /// Moves a damaged artefact out of the way in one step before it is deleted, so that nobody sees half of it.
    private func discard(_ place: URL, stage: String, because reason: String) throws {
        onCorruption("\(stage)/\(place.lastPathComponent) is damaged (\(reason)); it is removed and computed again")
        let temporary = TemporaryDirectory(parent: root.appending(path: ".tmp"))
        try Durable.makeDirectory(temporary.parent)
        let away = temporary.fresh()
        _ = try Durable.rename(place, to: away)
        try Durable.remove(away)
    }
}
