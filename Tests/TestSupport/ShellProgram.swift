public import Foundation

/// Programs in the shell's language that stand for others.
public enum ShellProgram {
    /// Writes an executable file, in place of one that is there.
    ///
    /// Another process writes it. A program that some process holds open for writing is not run ("text file busy"), and
    /// any child that this process starts meanwhile, for another test, holds open what this one does until it begins.
    ///
    /// - Parameters:
    ///   - text: the program, without the line that names the shell.
    ///   - file: where it is to be, in a folder that is there.
    /// - Throws: when the file or the one beside it cannot be written.
    public static func write(_ text: String, to file: URL) throws {
        let draft = file.appendingPathExtension("draft")
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: draft)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", #"rm -f "$2" && cp "$1" "$2" && chmod 755 "$2" && rm "$1""#, "sh", draft.path, file.path,
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
