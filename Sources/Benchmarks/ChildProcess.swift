import Foundation

/// A program that runs for its output.
struct ChildProcess {
    var executable: URL
    var arguments: [String]
    var environment = ProcessInfo.processInfo.environment
    /// After this it is ended.
    var secondsAllowed = 900

    private var name: String {
        ([executable.lastPathComponent]
            + arguments.prefix(2).map { $0.split(separator: "/").last.map(String.init) ?? $0 })
            .joined(separator: " ")
    }

    /// Runs it and returns its standard output.
    ///
    /// - Throws: ``BenchmarkError`` when it fails, with the last line that it wrote, or does not end in time.
    func output() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "penumbra-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { remove(folder) }
        // Files take the streams, so that no pipe can fill.
        let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = environment
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let isInTime = wait(for: process)
        guard isInTime else { throw BenchmarkError.timedOut(program: name, seconds: secondsAllowed) }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let words = try String(contentsOf: errors, encoding: .utf8).split(separator: "\n").last ?? ""
            throw BenchmarkError.failed(
                program: name, status: process.terminationStatus, words.trimmingCharacters(in: .whitespaces))
        }
        return try String(contentsOf: output, encoding: .utf8)
    }

    private func wait(for process: Process) -> Bool {
        let end = ContinuousClock.now + .seconds(secondsAllowed)
        while process.isRunning {
            guard ContinuousClock.now < end else {
                // Not asked to end: a child of a thread that blocks signals, as those of Swift's pool do, would not hear it.
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                return false
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return true
    }

    /// What is left in a temporary folder is the system's to remove, and no reason to lose a measurement.
    private func remove(_ folder: URL) {
        do { try FileManager.default.removeItem(at: folder) } catch { return }
    }
}
