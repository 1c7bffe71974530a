import Foundation
import Testing

/// The real binary, beside the test bundle.
enum Program {
    /// What a call left behind.
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String

        /// The lines on standard error.
        var errorLines: [Substring] { errors.split(separator: "\n", omittingEmptySubsequences: true) }

        /// Standard output, decoded from JSON.
        func decoded<Value: Decodable>(_: Value.Type) throws -> Value {
            try JSONDecoder().decode(Value.self, from: Data(output.utf8))
        }
    }

    /// Runs `penumbra` with arguments and waits; files take the streams, so that no pipe can fill.
    ///
    /// The launcher is a program with arguments, which ends in running what follows them.
    static func run(
        _ arguments: [String], through launcher: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Outcome {
        let scratch = try Scratch()
        let (output, errors) = (scratch.file("out"), scratch.file("err"))
        let process = try start(
            arguments, through: launcher, output: output, errors: errors, sourceLocation: sourceLocation)
        process.waitUntilExit()
        try #require(process.terminationReason == .exit, "ended by a signal", sourceLocation: sourceLocation)
        return Outcome(
            status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// Starts `penumbra` with its streams in two files.
    static func start(
        _ arguments: [String], through launcher: [String] = [], output: URL, errors: URL,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Process {
        let bundle = try #require(Bundle.main.executableURL, sourceLocation: sourceLocation)
        let program = bundle.deletingLastPathComponent().appending(path: "penumbra")
        try #require(
            FileManager.default.isExecutableFile(atPath: program.path), "no program at \(program.path): build it",
            sourceLocation: sourceLocation)
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        let line = launcher + [program.path] + arguments
        process.executableURL = URL(filePath: line[0])
        process.arguments = Array(line.dropFirst())
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }
}
