import ArgumentParser
import Benchmarks
import Client
import Foundation
import Models
import Tensors
import ThreatModel
import Wire

/// A gateway under load.
struct BenchGateway: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway", abstract: "Loads penumbra-gateway with requests and checks every answer.",
        discussion: """
            The gateway is a process of its own, which serves an untrained classifier (784, 512, 256, 10) on a port of \
            its own. A constant number of requests is under way, of 1, 8 and 64 records in turn, as JSON. Then the same \
            against a queue of one request, so that most are refused. Every answer is compared with that of the model \
            in this process. Exit code 3 unless all requests to the first are answered rightly, and of those to the \
            second some rightly and all others with a refusal.
            """)

    @Option(help: "The requests under way.") var connections = 32
    @Option(help: "The requests in all.") var requests = 3000
    @Option(help: "A file for the numbers.") var json: String?

    func validate() throws {
        guard (2...1000).contains(connections) else {
            throw ValidationError("--connections: expected a number from 2 to 1000, found \(connections)")
        }
        guard (1...1_000_000).contains(requests) else {
            throw ValidationError("--requests: expected a number from 1 to 1000000, found \(requests)")
        }
    }

    private struct Result: Codable {
        var queue: Int
        var connections: Int
        var requestsPerSecond: Double
        var medianMilliseconds: Double?
        var p99Milliseconds: Double?
        var outcome: GatewayLoad.Outcome
    }

    func run() throws {
        try BLAS.verify()
        Progress.say(MachineDescription(torch: nil).line)
        let random = RandomStream(seed: 6)["bench"]
        let model = Model(
            untrained: .classifier(Classifier(inputs: 784, hidden: [512, 256], classes: 10)), random["model"])
        let folder = FileManager.default.temporaryDirectory.appending(path: "penumbra-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let checkpoint = folder.appending(path: "classifier.safetensors")
        let measured = Swift.Result {
            try model.checkpoint().encoded().write(to: checkpoint)
            let questions = try Self.questions(model, random["records"])
            return try [Limits.ample, Limits.scarce].map { try result(checkpoint, questions, queue: $0) }
        }
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            Progress.say("left behind: \(folder.path): \(error.localizedDescription)")
        }
        try report(try measured.get())
    }

    /// How many requests may wait.
    private enum Limits {
        static let ample = 1000
        static let scarce = 1
    }

    private func result(_ checkpoint: URL, _ questions: [GatewayLoad.Question], queue: Int) throws -> Result {
        let gateway: GatewayProcess
        do {
            gateway = try GatewayProcess(models: [checkpoint], arguments: ["--queue", "\(queue)"])
        } catch {
            throw Failure(.badInput, "\(error)")
        }
        defer { gateway.stop() }
        let load = GatewayLoad(address: gateway.address, connections: connections)
        // A first round opens the connections and touches the model's memory.
        _ = load.run(questions, requests: min(requests, 4 * connections))
        let outcome = load.run(questions, requests: requests)
        return Result(
            queue: queue, connections: connections, requestsPerSecond: outcome.rate,
            medianMilliseconds: outcome.quantile(0.5), p99Milliseconds: outcome.quantile(0.99), outcome: outcome)
    }

    private static func questions(_ model: Model, _ random: RandomStream) throws -> [GatewayLoad.Question] {
        let service = LocalService(model)
        return try (0..<48).map { number in
            let rows = random[number].uniformTensor([[1, 8, 64][number % 3], 784])
            let body = VectorRequest(model: nil, inputs: (0..<rows.rows).map { rows.row($0) })
            guard case .classes(let classes) = try service.answer(.classify(rows)), let all = classes.probabilities
            else { throw Failure(.environment, "the classifier answered something else") }
            return GatewayLoad.Question(
                body: try JSONEncoder().encode(body), expected: (0..<all.rows).map { all.row($0) })
        }
    }

    private func report(_ results: [Result]) throws {
        func text(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "–" }
        var rows = [
            ["queue", "under way", "sent", "right", "wrong", "503", "lost", "right/s", "median ms", "p99 ms"]
        ]
        for result in results {
            let outcome = result.outcome
            let counts = [outcome.sent, outcome.right, outcome.wrong, outcome.refused, outcome.lost].map { "\($0)" }
            rows.append(
                ["\(result.queue)", "\(result.connections)"] + counts
                    + [text(result.requestsPerSecond), text(result.medianMilliseconds), text(result.p99Milliseconds)])
        }
        try Output.table(rows)
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(results).write(to: URL(filePath: json), options: .atomic)
        }
        for result in results {
            guard let fault = result.outcome.fault(of: requests, atOverload: result.queue == Limits.scarce) else {
                continue
            }
            throw Failure(.invariantViolated, "with a queue of \(result.queue): \(fault)")
        }
    }
}
