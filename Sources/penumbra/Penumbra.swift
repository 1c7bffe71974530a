import ArgumentParser
import Tensors

/// The program: its subcommands, and how it ends.
@main
struct Penumbra: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "penumbra",
        abstract: "Measures what generative models leak about their training data.",
        discussion: """
            Results go to standard output, progress and warnings to standard error. Exit codes: 0 done, 1 failed \
            (disk, libraries, a missing program), 2 bad input, 3 an invariant is violated.
            """,
        version: "penumbra \(version) (OpenBLAS core \(BLAS.core))",
        subcommands: [
            Run.self, PlanStages.self, Validate.self, RenderReport.self, Compare.self, Train.self, Import.self,
            Sample.self, Serve.self,
            Evaluate.self,
            AttackModel.self, Account.self, Audit.self, Score.self, Datasets.self, Attacks.self, Defences.self,
            Bench.self, Keys.self, Doctor.self,
        ])

    static let version = "0.1.0"

    /// Parses and runs; every error ends here.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Failure.end(with: error, of: self)
        }
    }
}
