import ArgumentParser

extension Audit {
    /// Scores and the truth → lower bounds on epsilon.
    struct Scores: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Epsilon lower bounds from scores of any attack.")
        @Argument(help: "The file with the scores.") var file: String

        func run() throws {
            throw Failure(.badInput, "expected a command that is built, found audit scores, which is not yet; \(file)")
        }
    }
}
