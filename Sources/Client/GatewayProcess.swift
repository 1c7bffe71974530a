public import Foundation
import Synchronization
import ThreatModel

/// A gateway that this process started, on a port that the system chose.
///
/// It ends when ``stop()`` is called or the last reference goes. When this process ends in any other way, killed or
/// crashed, the gateway ends by itself: it waits for the end of a pipe that nobody but this process can write to.
public final class GatewayProcess: Sendable {
    /// Where it listens, such as `http://127.0.0.1:40123`.
    public let address: URL
    private let process: Mutex<Process>
    /// What the gateway waits for the end of; nothing is written to it.
    private let lifeline: Pipe
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
    public convenience init(
        models: [URL], arguments: [String] = [], executable: URL? = nil, patience: Double = 60
    ) throws(GatewayError) {
        let end = Date(timeIntervalSinceNow: patience)
        try self.init(models: models, arguments: arguments, executable: executable) { Date() >= end }
    }

    /// Starts a gateway and waits until it is ready, or until `isLate` says that it took too long.
    init(
        models: [URL], arguments: [String] = [], executable: URL?, isLate: () -> Bool
    ) throws(GatewayError) {
        let program: URL
        if let executable { program = executable } else { program = try Self.executable() }
        let child = Process()
        child.executableURL = program
        child.arguments = models.map(\.path) + ["--port", "0", "--while-stdin-open"] + arguments
        let lifeline = Self.lifeline()
        child.standardInput = lifeline
        let (output, errors) = (LineReader(), LineReader())
        (child.standardOutput, child.standardError) = (output.pipe, errors.pipe)
        do {
            try Self.withSignals { try child.run() }
        } catch {
            throw GatewayError("expected a program at \(program.path), found none that runs: \(error)")
        }
        do {
            address = try Self.address(output, of: child, isLate, errors)
            try Self.awaitReadiness(of: address, child, isLate, errors)
        } catch {
            Self.end(child)
            throw error
        }
        process = Mutex(child)
        self.lifeline = lifeline
        // Both are read to the end: a pipe that nobody reads would stop the gateway.
        self.output = output
        self.errors = errors
    }

    deinit { stop() }

    /// A pipe of which no other child of this process inherits the end that keeps it open.
    static func lifeline() -> Pipe {
        let pipe = Pipe()
        let writer = pipe.fileHandleForWriting.fileDescriptor
        // Fails for a descriptor that is not open, and this one is.
        _ = fcntl(writer, F_SETFD, fcntl(writer, F_GETFD) | FD_CLOEXEC)
        return pipe
    }

    /// Ends it: asked first, and forced after five seconds.
    ///
    /// Its last words are in the ``log`` then. A second call does nothing.
    public func stop() {
        process.withLock { Self.end($0) }
        errors.awaitEnd()
    }

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
        _ output: LineReader, of child: Process, _ isLate: () -> Bool, _ errors: LineReader
    ) throws(GatewayError) -> URL {
        while !isLate() {
            let found = output.first.lazy.compactMap { line -> URL? in
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
        of address: URL, _ child: Process, _ isLate: () -> Bool, _ errors: LineReader
    ) throws(GatewayError) {
        let transport = Transport(address, secret: nil, timeout: 5)
        while !isLate(), child.isRunning {
            // Until it is ready, no answer and any answer but 200 mean the same; when time is up, that is told.
            if let reply = try? transport.send(WireRequest(path: "ready")), reply.status == 200 { return }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw GatewayError(child, "was ready", errors)
    }

    /// Runs `body` with no signal blocked.
    ///
    /// A child inherits the signals that its starter's thread blocks. Those of Swift's pool block all that can be, and
    /// a gateway that they start would never hear that it is to stop.
    private static func withSignals(_ body: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        _ = unsafe sigemptyset(&none)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private static func end(_ child: Process) {
        guard child.isRunning else { return }
        child.terminate()
        let end = Date(timeIntervalSinceNow: 5)
        while child.isRunning, Date() < end { Thread.sleep(forTimeInterval: 0.01) }
        // Fails where it has ended in the meantime, which is what is wanted.
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
        // It may have ended before its last words, which say why, were read.
        if !child.isRunning { errors.awaitEnd() }
        let last = errors.lines.last.map { ": \($0)" } ?? ""
        self.init("the gateway \(end) before it \(what)\(last)")
    }
}

/// Reads a child's lines while it runs, so that no pipe fills, and keeps the first and the last of them.
final class LineReader: Sendable {
    let pipe = Pipe()
    private static let most = 200
    private let kept = Mutex<(first: [String], last: [String], rest: Data)>(([], [], Data()))
    private let isAtEnd = Atomic(false)

    init() {
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            guard !data.isEmpty, let self else {
                handle.readabilityHandler = nil
                self?.isAtEnd.store(true, ordering: .releasing)
                return
            }
            take(data)
        }
    }

    /// Waits until all that a child which has ended wrote is read; not forever, since a child of its own may live on
    /// and keep the pipe open.
    func awaitEnd() {
        let end = Date(timeIntervalSinceNow: 5)
        while !isAtEnd.load(ordering: .acquiring), Date() < end { Thread.sleep(forTimeInterval: 0.005) }
    }

    /// The first lines, whole ones.
    var first: [String] { kept.withLock { $0.first } }
    /// The last lines, whole ones.
    var lines: [String] { kept.withLock { $0.last } }

    private func take(_ data: Data) {
        kept.withLock { kept in
            kept.rest += data
            while let end = kept.rest.firstIndex(of: 10) {
                let line = String(decoding: kept.rest[..<end], as: UTF8.self)
                if kept.first.count < Self.most { kept.first.append(line) }
                kept.last.append(line)
                kept.rest = Data(kept.rest[(end + 1)...])
            }
            kept.last = kept.last.suffix(Self.most)
        }
    }
}
