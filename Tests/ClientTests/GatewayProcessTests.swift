import Foundation
import TestSupport
import Testing

@testable import Client
@testable import ThreatModel

/// The gateway's part is taken by programs of one's own.
@Suite struct GatewayProcessTests {
    /// A folder that lives as long as its owner.
    private final class Scratch {
        let url = FileManager.default.temporaryDirectory.appending(path: "gateway-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { do { try FileManager.default.removeItem(at: url) } catch { print("left behind: \(url.path)") } }

        /// A program in the shell's language.
        func program(_ text: String) throws -> URL {
            let file = url.appending(path: "gateway")
            try ShellProgram.write(text, to: file)
            return file
        }
    }

    /// Answers `/ready` with 503 so often, then with 200.
    private func server(unready count: Int) throws -> LoopbackServer {
        let left = Counter(count)
        return try LoopbackServer { request in
            ServedReply(status: request.path == "/ready" && left.next() ? 503 : 200)
        }
    }

    private final class Counter: @unchecked Sendable {
        private let lock = NSLock()
        private var left: Int
        init(_ count: Int) { left = count }
        func next() -> Bool {
            lock.withLock {
                left -= 1
                return left >= 0
            }
        }
        var isSpent: Bool { lock.withLock { left <= 0 } }
    }

    @Test("The address is read from the first line, readiness is waited for, and stop ends the program")
    func start() throws {
        let (scratch, server) = (try Scratch(), try server(unready: 3))
        defer { server.close() }
        let program = try scratch.program(
            """
            echo "$@" > "$(dirname "$0")/arguments"
            grep SigBlk /proc/self/status > "$(dirname "$0")/blocked"
            echo "a complaint" >&2
            echo "listening on http://127.0.0.1:\(server.port)"
            exec sleep 600
            """)
        let gateway = try GatewayProcess(
            models: [URL(filePath: "/tmp/model.safetensors")], arguments: ["--keys", "K"], executable: program)
        #expect(gateway.address.absoluteString == "http://127.0.0.1:\(server.port)")
        let arguments = try String(contentsOf: scratch.url.appending(path: "arguments"), encoding: .utf8)
        #expect(arguments == "/tmp/model.safetensors --port 0 --while-stdin-open --keys K\n")
        // What is blocked here, on a thread of a pool, is not blocked there: else it could not be asked to stop.
        let blocked = try String(contentsOf: scratch.url.appending(path: "blocked"), encoding: .utf8)
        #expect(blocked.split(separator: "\t").last == "0000000000000000\n", "\(blocked)")
        #expect(gateway.isRunning)
        gateway.stop()
        gateway.stop()
        #expect(!gateway.isRunning && gateway.log == ["a complaint"])
    }

    @Test("A program that goes on writing is read, so that it never stops to write")
    func chatter() throws {
        let (scratch, server) = (try Scratch(), try server(unready: 0))
        defer { server.close() }
        // More than a pipe holds, on both streams, and then a mark.
        let program = try scratch.program(
            """
            echo "listening on http://127.0.0.1:\(server.port)"
            i=0; while [ $i -lt 3000 ]; do echo "line $i of some length, so that the pipe fills"; i=$((i + 1)); done
            i=0; while [ $i -lt 3000 ]; do echo "line $i of some length, so that the pipe fills" >&2; i=$((i + 1)); done
            touch "$(dirname "$0")/done"
            exec sleep 600
            """)
        let gateway = try GatewayProcess(models: [], executable: program)
        let mark = scratch.url.appending(path: "done").path
        let end = Date(timeIntervalSinceNow: 300)
        while !FileManager.default.fileExists(atPath: mark), Date() < end { Thread.sleep(forTimeInterval: 0.02) }
        #expect(FileManager.default.fileExists(atPath: mark) && gateway.isRunning)
        gateway.stop()
        #expect(gateway.log.count == 200 && gateway.log.last?.hasPrefix("line 2999") == true)
    }

    @Test("No other child inherits what keeps the gateway's standard input open, and its end is the end of that")
    func lifeline() throws {
        let pipe = GatewayProcess.lifeline()
        let other = Process()
        other.executableURL = URL(filePath: "/bin/sleep")
        other.arguments = ["600"]
        try other.run()
        // A child of one of Dispatch's threads inherits a mask that blocks SIGTERM.
        defer { kill(other.processIdentifier, SIGKILL) }
        #expect(fcntl(pipe.fileHandleForWriting.fileDescriptor, F_GETFD) & FD_CLOEXEC != 0)
        try pipe.fileHandleForWriting.close()
        // A reader of a pipe that somebody else holds open would wait as long as that child sleeps.
        #expect(try pipe.fileHandleForReading.readToEnd() ?? Data() == Data() && other.isRunning)
    }

    @Test("A program that will not end is ended")
    func stubborn() throws {
        let (scratch, server) = (try Scratch(), try server(unready: 0))
        defer { server.close() }
        let program = try scratch.program(
            "trap '' TERM; echo listening on http://127.0.0.1:\(server.port); while true; do sleep 1; done")
        let gateway = try GatewayProcess(models: [], executable: program)
        gateway.stop()
        #expect(!gateway.isRunning)
    }

    @Test("One that ends before it listens is told with its last line, and one that is not ready in time as such")
    func failures() throws {
        let scratch = try Scratch()
        let broken = try scratch.program("echo first >&2; echo cannot read the model >&2; exit 2")
        let ended = #expect(throws: GatewayError.self) { try GatewayProcess(models: [], executable: broken) }
        #expect(ended?.description == "the gateway ended before it said where it listens: cannot read the model")
        let questions = Counter(3)
        let server = try LoopbackServer { _ in
            _ = questions.next()
            return ServedReply(status: 503)
        }
        defer { server.close() }
        let unready = try scratch.program("echo listening on http://127.0.0.1:\(server.port); exec sleep 600")
        let late = #expect(throws: GatewayError.self) {
            try GatewayProcess(models: [], executable: unready) { questions.isSpent }
        }
        #expect(late?.description == "the gateway took too long before it was ready")
        let hasty = #expect(throws: GatewayError.self) {
            try GatewayProcess(models: [], executable: unready, patience: 0)
        }
        #expect(hasty?.description == "the gateway took too long before it said where it listens")
    }

    @Test("It is looked for beside the running program, then where the checkout's makefile puts it")
    func places() throws {
        let scratch = try Scratch()
        let folder = scratch.url.appending(path: ".build/release")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = folder.appending(path: "penumbra")
        let beside = folder.appending(path: "penumbra-gateway").path
        #expect(GatewayProcess.places(near: program).map(\.path) == [beside])
        try Data().write(to: scratch.url.appending(path: "Package.swift"))
        let built = ["release", "debug"].map {
            scratch.url.appending(path: ".build-gateway/\($0)/penumbra-gateway").standardizedFileURL.path
        }
        #expect(GatewayProcess.places(near: program).map(\.path) == [beside] + built)
    }

    @Test("A missing program is told with the command that builds it")
    func missing() throws {
        let error = #expect(throws: GatewayError.self) {
            try GatewayProcess(models: [], executable: URL(filePath: "/nowhere/penumbra-gateway"))
        }
        #expect(error?.description.contains("/nowhere/penumbra-gateway") == true)
        #expect(GatewayError(missing: "here").description.contains("make gateway"))
    }
}
