import ArgumentParser

/// Whether this machine can do the work.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks libraries, data, programs, disk and threads; exit 1 when something is missing.")
    @Option(help: "The directory that runs are written to.") var runs = "runs"
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let findings = Checkup(runs: runs).findings
        if json {
            try Output.json(findings)
        } else {
            try Output.table(findings.map { [$0.isHealthy ? "ok" : "FAIL", $0.subject, $0.detail] })
        }
        let ill = findings.filter { !$0.isHealthy }
        guard ill.isEmpty else {
            throw Failure(
                .environment,
                "\(ill.count) of \(findings.count) checks failed "
                    + "(\(ill.map(\.subject).joined(separator: ", "))); the remedies are in the list")
        }
    }
}
