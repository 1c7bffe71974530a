import ArgumentParser
import Foundation

/// The program: how it starts and how it ends.
@main
enum Program {
    static func main() async {
        #if Gateway
        do {
            Lifeline.unblockSignals()
            let command = try GatewayCommand.parse()
            // Before the models are read, which takes its time.
            if command.whileStdinOpen { Lifeline.watch(.standardInput, Lifeline.endProgram) }
            let front = try command.front()
            try await Server(front).run(host: command.host, port: command.port)
            if let report = command.protection.report { try front.writeReport(to: URL(filePath: report)) }
        } catch {
            end(with: error)
        }
        #else
        say("penumbra-gateway: built without HTTP; 'make gateway' builds it with the trait Gateway")
        exit(2)
        #endif
    }

    /// Ends with one line on standard error and 2 for bad input, 1 for the surroundings; help ends well.
    static func end(with error: any Error) -> Never {
        if GatewayCommand.exitCode(for: error).isSuccess {
            print(GatewayCommand.fullMessage(for: error))
            exit(0)
        }
        let isUsage = GatewayCommand.exitCode(for: error) == .validationFailure
        let text = isUsage ? GatewayCommand.message(for: error) + " (see --help)" : "\(error)"
        say("penumbra-gateway: " + text.split(whereSeparator: \.isNewline).joined(separator: " "))
        exit(error is ListeningError ? 1 : 2)
    }

    private static func say(_ line: String) {
        do {
            try FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            // Standard error is closed: the exit code is all that is left to say it with.
            return
        }
    }
}

/// Why the program cannot listen: the surroundings are at fault.
struct ListeningError: Error, CustomStringConvertible {
    let description: String
}
