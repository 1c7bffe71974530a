import Foundation

/// Private directories in which artefacts are prepared, named `<process>.<uuid>@<host>`.
///
/// The host is part of the name because a cluster's nodes share the directory, and a process number means nothing on
/// another node.
struct TemporaryDirectory {
    let parent: URL
    private static let staleAge: TimeInterval = 7 * 24 * 3600

    /// Makes a new directory that no other process uses.
    func make() throws -> URL {
        let url = fresh()
        try Durable.makeDirectory(url)
        return url
    }

    /// Returns a path that no other process uses.
    func fresh() -> URL { parent.appending(path: "\(getpid()).\(UUID().uuidString)@\(host)") }

    /// Removes what dead processes of this host left behind, and what is older than a week.
    func sweep() throws {
        guard FileManager.default.fileExists(atPath: parent.path) else { return }
        for name in try names() where try isAbandoned(name) { try Durable.remove(parent.appending(path: name)) }
    }

    private var host: String { ProcessInfo.processInfo.hostName }

    private func names() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: parent.path)
        } catch {
            throw StoreError.readFailed(path: parent.path, reason: Failure.reason(of: error))
        }
    }

    private func isAbandoned(_ name: String) throws -> Bool {
        if name.hasSuffix("@\(host)"), let process = name.split(separator: ".").first.flatMap({ Int32($0) }) {
            return kill(process, 0) != 0 && errno == ESRCH
        }
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: parent.appending(path: name).path)
            guard let changed = attributes[.modificationDate] as? Date else { return false }
            return Date().timeIntervalSince(changed) > TemporaryDirectory.staleAge
        } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
            return false
        }
    }
}
