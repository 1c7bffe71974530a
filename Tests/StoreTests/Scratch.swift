import Foundation
import Synchronization

@testable import Store

/// A directory for one test, removed with it, and a store in it that remembers what it reported.
final class Scratch: Sendable {
    let url: URL
    private let lines = Mutex<[String]>([])

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "penumbra-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            print("could not remove \(url.path): \(error)")
        }
    }

    var reports: [String] { lines.withLock { $0 } }

    var store: ArtefactStore {
        ArtefactStore(root: url.appending(path: "store")) { line in self.lines.withLock { $0.append(line) } }
    }

    /// All regular files below the store, relative, without locks.
    func files() throws -> [String] {
        let root = url.appending(path: "store")
        return try FileManager.default.subpathsOfDirectory(atPath: root.path).filter {
            let type = try FileManager.default.attributesOfItem(atPath: root.appending(path: $0).path)[.type]
            return type as? FileAttributeType != .typeDirectory && !$0.hasPrefix(".locks")
        }.sorted()
    }
}
