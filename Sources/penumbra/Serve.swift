import ArgumentParser
import Client
import Foundation

/// Serves models over HTTP, by the program `penumbra-gateway`, which is built apart.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves models over HTTP: starts penumbra-gateway, whose --help lists the arguments.",
        usage: "penumbra serve MODEL… [--port N] [--keys FILE] [--defence NAME]…")

    @Argument(parsing: .captureForPassthrough, help: "The arguments of penumbra-gateway.")
    var arguments: [String] = []

    func run() throws {
        let program: String
        do {
            program = try GatewayProcess.executable().path
        } catch {
            throw Failure(.badInput, "\(error)")
        }
        let words = [program] + arguments
        // The process becomes the other program, so that signals and the exit code are its own.
        var pointers = unsafe words.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        _ = unsafe execv(program, pointers)
        throw Failure(.environment, "cannot start \(program): \(unsafe String(cString: strerror(errno)))")
    }
}
