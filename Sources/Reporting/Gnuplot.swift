public import Auditing
import Foundation

/// Draws curves as SVG with the program gnuplot.
public struct Gnuplot: Sendable {
    private let program: String

    /// Creates a drawer that runs `program`, looked up in PATH.
    public init(program: String = "gnuplot") {
        self.program = program
    }

    /// Returns `curves` as an SVG document: logarithmic axes, error bars and the line of chance as they ask for.
    public func svg(_ curves: Curves) throws -> String {
        try run(GnuplotScript(curves).text)
    }

    /// The script and the complaints are files, so that no pipe can fill while nobody reads it.
    func run(_ script: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("penumbra-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let result = Result { try run(script, in: folder) }
        try FileManager.default.removeItem(at: folder)
        return try result.get()
    }

    private func run(_ script: String, in folder: URL) throws -> String {
        let (input, errors) = (folder.appendingPathComponent("script"), folder.appendingPathComponent("errors"))
        try Data(script.utf8).write(to: input)
        try Data().write(to: errors)
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-d", input.path]
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let svg = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try check(process.terminationStatus, errors)
        return String(decoding: svg, as: UTF8.self)
    }

    private func check(_ status: Int32, _ errors: URL) throws {
        if status == 127 {
            throw ReportingError.gnuplotMissing
        }
        if status != 0 {
            let message = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
            let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
            throw ReportingError.gnuplotFailed(status: status, message: line)
        }
    }
}
