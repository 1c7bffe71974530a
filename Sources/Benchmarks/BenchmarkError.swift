/// Why a benchmark could not be measured.
package enum BenchmarkError: Error, Equatable, CustomStringConvertible {
    /// A program printed no figures.
    case noReport(String)
    /// A program failed with a status, and its last words.
    case failed(program: String, status: Int32, String)
    /// A program did not end in time.
    case timedOut(program: String, seconds: Int)
    /// There is no Python at a path, or it lacks what the peers need.
    case noPeers(String)

    /// One line.
    package var description: String {
        switch self {
        case .noReport(let text): text
        case .failed(let program, let status, let words):
            "\(program) ended with status \(status)\(words.isEmpty ? "" : ": \(words)")"
        case .timedOut(let program, let seconds): "\(program) did not end within \(seconds) s"
        case .noPeers(let text): "--peers: \(text)"
        }
    }
}
