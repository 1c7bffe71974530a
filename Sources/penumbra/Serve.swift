import ArgumentParser
import Foundation

/// Serves models over HTTP, by the program `penumbra-gateway`, which is built apart.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves models over HTTP: starts penumbra-gateway, whose --help lists the arguments.",
        usage: "penumbra serve MODEL… [--port N] [--keys FILE] [--defence NAME]…")

    @Argument(parsing: .captureForPassthrough, help: "The arguments of penumbra-gateway.")
    var arguments: [String] = []

    func run() throws {
        let program = try Self.program()
        let words = [program] + arguments
        // The process becomes the other program, so that signals and the exit code are its own.
        var pointers = unsafe words.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        _ = unsafe execv(program, pointers)
        throw Failure(.environment, "cannot start \(program): \(unsafe String(cString: strerror(errno)))")
    }

    /// Where the program is: as $PENUMBRA_GATEWAY says, or beside this one.
    private static func program() throws -> String {
        let named = ProcessInfo.processInfo.environment["PENUMBRA_GATEWAY"]
        let beside = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "penumbra-gateway").path
        let path = named ?? beside ?? "penumbra-gateway"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(
                .badInput,
                "expected the program penumbra-gateway at \(path), found none; 'make gateway' builds it, and "
                    + "PENUMBRA_GATEWAY says where it is")
        }
        return path
    }
}
