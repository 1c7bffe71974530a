import ArgumentParser
import Foundation
import Tensors
import ThreatModel

/// The program's arguments.
struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "penumbra-gateway",
        abstract: "Serves models over HTTP: completions as OpenAI's, and rows of numbers.",
        discussion: """
            Prints 'listening on http://HOST:PORT' when it takes requests, and a line of JSON per request on standard \
            error. SIGTERM and SIGINT end it when the requests in flight are answered.
            """)

    @Argument(help: "The models: checkpoints, or NAME=CHECKPOINT.")
    var models: [String]

    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(help: "The port; 0 takes one that is free.")
    var port = 0

    @Flag(help: "Serve /v1/logits: all logits of the next token, which no commercial interface gives.")
    var allowLogits = false

    @Flag(help: "End as by SIGTERM when standard input ends, so as not to outlive the program that holds it open.")
    var whileStdinOpen = false

    @OptionGroup(title: "Accounts") var accounts: AccountOptions

    @OptionGroup(title: "Protection") var protection: ProtectionOptions

    @Option(help: "The most bytes of a body.")
    var maxBody = Limits().bodyBytes

    @Option(
        help:
            "The most bytes of all bodies together (default: \(Limits().bodyMemory), or --max-body where that is more)."
    )
    var bodyMemory: Int?

    @Option(help: "The most records, samples or continuations of a request.")
    var maxRows = Limits().rows

    @Option(help: "The most tokens of a request, those that it may generate included.")
    var maxTokens = Limits().tokens

    @Option(help: "The most requests that wait for the models or are being answered; more are told to come back.")
    var queue = Limits().queue

    @Option(help: "The seconds in which a request must arrive, and after which a silent connection is closed.")
    var timeout = Limits().seconds

    func validate() throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("--port: expected a number from 0 to 65535, found \(port)")
        }
        for (name, value) in [("body", maxBody), ("rows", maxRows), ("tokens", maxTokens)] {
            guard (1...1 << 30).contains(value) else {
                throw ValidationError("--max-\(name): expected a number from 1 to \(1 << 30), found \(value)")
            }
        }
        guard (maxBody...1 << 40).contains(bodyMemory ?? maxBody) else {
            throw ValidationError(
                "--body-memory: expected at least the \(maxBody) bytes of one body, and at most \(1 << 40), found "
                    + "\(bodyMemory ?? 0); raise it, or lower --max-body")
        }
        guard (1...100_000).contains(queue) else {
            throw ValidationError("--queue: expected a number from 1 to 100000, found \(queue)")
        }
        guard protection.lifetime > 0 else {
            throw ValidationError("--lifetime: expected 1 or more, found \(protection.lifetime)")
        }
        guard timeout > 0, timeout <= 3600 else {
            throw ValidationError("--timeout: expected above 0 and at most 3600 seconds, found \(timeout)")
        }
    }

    /// The limits that the arguments set.
    var limits: Limits {
        var limits = Limits()
        (limits.bodyBytes, limits.rows, limits.tokens) = (maxBody, maxRows, maxTokens)
        limits.bodyMemory = bodyMemory ?? max(limits.bodyMemory, maxBody)
        (limits.queue, limits.seconds) = (queue, timeout)
        return limits
    }

    /// Reads the models.
    ///
    /// - Throws: an error of one line when a file is no checkpoint, or two models have one name.
    func front() throws -> Front {
        try BLAS.verify()
        let accounts = try accounts.accounts()
        let blocks = AccountBlocks()
        let served = try models.map { argument in
            try ServedModel(argument: argument, allowsLogits: allowLogits) { saved, name in
                try protection.protection(of: saved, name, blocks)
            }
        }
        let names = served.map(\.id)
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw GatewayError("expected models of different names, found two '\(twice)'; give one as NAME=FILE")
        }
        let metrics = MetricsRegistry()
        return Front(
            served, limits: limits, accounts: accounts, allowsLogits: allowLogits, metrics: metrics,
            log: AccessLog(metrics))
    }
}
