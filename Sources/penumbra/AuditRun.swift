import ArgumentParser
import Auditing
import Experiments
import Foundation
import Reporting

/// Runs an experiment whose victims are under audit, and prints what the audits show.
struct AuditRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Trains the audited victims of an experiment, and prints lower and upper bounds on epsilon.",
        discussion: """
            The same as `penumbra run`, with the same stages, store and report; only what is printed differs. A victim is \
            under audit when it has a key `audit`. Exit code 3 when a lower bound exceeds its upper bound.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "How many stages run at the same time; each takes one core.")
    var workers = ProcessInfo.processInfo.activeProcessorCount

    @Flag(help: "Print the findings as JSON instead of a table.")
    var json = false

    func validate() throws { try Run.check(workers: workers) }

    func run() throws {
        let plan = try options.plan()
        guard plan.spec.victims.contains(where: { $0.audit != nil }) else {
            throw Failure(
                .badInput,
                "\(options.spec): expected a victim with a key 'audit', found none; add "
                    + "'audit: {canaries: {kind: mislabelled, count: 1000}, guesses: 500}' to one")
        }
        try Run.execute(plan, options, workers: workers, json: json) { findings in AuditTable.text(findings) }
    }
}
