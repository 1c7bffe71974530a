import ArgumentParser

/// Lower bounds on epsilon: what attacks prove against a privacy claim.
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Audits a claim of differential privacy from below.",
        subcommands: [Scores.self, Audit.Mechanism.self, AuditRun.self])
}
