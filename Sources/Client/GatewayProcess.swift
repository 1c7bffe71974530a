public import Foundation
import Synchronization
import ThreatModel

/// A gateway that this process started, on a port that the system chose.
///
/// It ends when ``stop()`` is called or the last reference goes. When this process is killed, the gateway goes on.
public final class GatewayProcess: Sendable {
    /// Where it listens, such as `http://127.0.0.1:40123`.
    public let address: URL
    private let process: Mutex<Process>
    private let output: LineReader
    private let errors: LineReader

    /// Starts a gateway and waits until it is ready.
    ///
    /// - Parameters:
    ///   - models: the checkpoints to serve.
    ///   - arguments: further arguments, such as `--keys FILE`.
    ///   - executable: the program; ``executable()`` when `nil`.
    ///   - patience: the seconds within which it must be ready.
    /// - Throws: ``GatewayError`` when the program is missing, ends, or is not ready in time.
    public init(
        models: [URL], arguments: [String] = [], executable: URL? = nil, patience: Double = 60
    ) throws(GatewayError) {
        let program: URL
        if let executable { program = executable } else { program = try Self.executable() }
        let child = Process()
        child.executableURL = program
        child.arguments = models.map(\.path) + ["--port", "0"] + arguments
        child.standardInput = FileHandle.nullDevice
        let (output, errors) = (LineReader(), LineReader())
        (child.standardOutput, child.standardError) = (output.pipe, errors.pipe)
        do {
            try child.run()
        } catch {
            throw GatewayError("expected a program at \(program.path), found none that runs: \(error)")
        }
        let end = Date(timeIntervalSinceNow: patience)
        do {
            address = try Self.address(output, of: child, by: end, errors)
            try Self.awaitReadiness(of: address, child, by: end, errors)
        } catch {
            Self.end(child)
            throw error
        }
        process = Mutex(child)
        // Both are read to the end: a pipe that nobody reads would stop the gateway.
        self.output = output
        self.errors = errors
    }

    deinit { stop() }

    /// Ends it: asked first, and forced after five seconds.
    ///
    /// A second call does nothing.
    public func stop() { process.withLock { Self.end($0) } }

    /// Whether it runs.
    public var isRunning: Bool { process.withLock(\.isRunning) }

    /// The last lines that it wrote to standard error: its access log and complaints.
    public var log: [String] { errors.lines }

    /// The gateway's program: `$PENUMBRA_GATEWAY`, or `penumbra-gateway` beside the running one, or where `make gateway`
    /// puts it in the checkout that the running one is built in.
    ///
    /// - Throws: ``GatewayError`` when it is not there.
    public static func executable() throws(GatewayError) -> URL {
        let places: [URL]
        if let named = ProcessInfo.processInfo.environment["PENUMBRA_GATEWAY"] {
            places = [URL(filePath: named)]
        } else {
            places = Bundle.main.executableURL.map { self.places(near: $0) } ?? []
        }
        guard let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw GatewayError(missing: places.first?.path ?? "a place beside this program")
        }
        return program
    }

    /// Where the gateway's program may be, as seen from another of the same build, the nearest first.
    static func places(near program: URL) -> [URL] {
        let name = "penumbra-gateway"
        let folder = program.deletingLastPathComponent()
        var places = [folder.appending(path: name)]
        var above = folder.standardizedFileURL
        while above.pathComponents.count > 1 {
            if FileManager.default.fileExists(atPath: above.appending(path: "Package.swift").path) {
                places += ["release", "debug"].map { above.appending(path: ".build-gateway/\($0)/\(name)") }
                break
            }
            above.deleteLastPathComponent()
        }
        return places
    }

    private static func address(
        _ output: LineReader, of child: Process, by end: Date, _ errors: LineReader
    ) throws(GatewayError) -> URL {
        while Date() < end {
            let found = output.lines.lazy.compactMap { line -> URL? in
                guard let start = line.firstRange(of: "listening on http://") else { return nil }
                let text = line[start.upperBound...].prefix { !$0.isWhitespace }
                return URL(string: "http://" + text)
            }
            if let address = found.first { return address }
            guard child.isRunning else { break }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw GatewayError(child, "said where it listens", errors)
    }

    private static func awaitReadiness(
        of address: URL, _ child: Process, by end: Date, _ errors: LineReader
    ) throws(GatewayError) {
        let transport = Transport(address, secret: nil, timeout: 5)
        while Date() < end, child.isRunning {
            // Until it is ready, no answer and any answer but 200 mean the same.
            if let reply = try? transport.send(WireRequest(path: "ready")), reply.status == 200 { return }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw GatewayError(child, "was ready", errors)
    }

    private static func end(_ child: Process) {
        guard child.isRunning else { return }
        child.terminate()
        let end = Date(timeIntervalSinceNow: 5)
        while child.isRunning, Date() < end { Thread.sleep(forTimeInterval: 0.01) }
        if child.isRunning { kill(child.processIdentifier, SIGKILL) }
        child.waitUntilExit()
    }
}

/// Why there is no gateway: one line.
public struct GatewayError: Error, Equatable, CustomStringConvertible {
    /// What was expected, what was found, what to do.
    public let description: String

    init(_ description: String) { self.description = description }

    init(missing place: String) {
        self.init(
            "expected the gateway's program, found none at \(place); build it with: make gateway "
                + "(or name it in PENUMBRA_GATEWAY)")
    }

    init(_ child: Process, _ what: String, _ errors: LineReader) {
        let end = child.isRunning ? "took too long" : "ended"
        let last = errors.lines.last.map { ": \($0)" } ?? ""
        self.init("the gateway \(end) before it \(what)\(last)")
    }
}

/// Reads a child's lines while it runs, so that no pipe fills, and keeps the last of them.
final class LineReader: Sendable {
    let pipe = Pipe()
    private static let most = 200
    private let kept = Mutex<(lines: [String], rest: Data)>(([], Data()))

    init() {
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            guard !data.isEmpty, let self else {
                handle.readabilityHandler = nil
                return
            }
            take(data)
        }
    }

    /// The last lines, whole ones.
    var lines: [String] { kept.withLock { $0.lines } }

    private func take(_ data: Data) {
        kept.withLock { kept in
            kept.rest += data
            while let end = kept.rest.firstIndex(of: 10) {
                kept.lines.append(String(decoding: kept.rest[..<end], as: UTF8.self))
                kept.rest = Data(kept.rest[(end + 1)...])
            }
            kept.lines = kept.lines.suffix(Self.most)
        }
    }
}
