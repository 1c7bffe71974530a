import Experiments
import Foundation
import Synchronization

/// Progress and remaining time on standard error: one line per event, and in between a line that changes on a terminal
/// and comes every fifteen seconds elsewhere.
final class Progress: Sendable {
    private struct State {
        var shares: [String: Double] = [:]
        var running: [String: Double] = [:]
        var finished = 0
        var doneWork = 0.0
        var reusedWork = 0.0
        var lastLine = ContinuousClock.now
    }
    private let state = Mutex(State())
    private let total: Double
    private let count: Int
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(_ stages: [Stage]) {
        total = stages.reduce(0) { $0 + $1.cost }
        count = stages.count
    }

    var observer: RunObserver { RunObserver { [self] event in handle(event) } }

    /// Writes one line to standard error.
    static func say(_ line: String) { write("\(line)\n") }

    /// A run does not end because nobody can read how far it is.
    private static func write(_ text: String) {
        do {
            try FileHandle.standardError.write(contentsOf: Data(text.utf8))
        } catch {
            return
        }
    }

    private func handle(_ event: RunObserver.Event) {
        switch event {
        case .cached(let stage):
            state.withLock { state in
                state.finished += 1
                state.reusedWork += stage.cost
            }
            line("reused   \(stage.id)")
        case .began(let stage): update(stage, 0)
        case .progressed(let stage, let share): update(stage, share)
        case .finished(let stage, let seconds):
            state.withLock { state in
                state.finished += 1
                state.shares[stage.id] = nil
                state.running[stage.id] = nil
                state.doneWork += stage.cost
            }
            line(String(format: "finished %@ in %.1f s", stage.id, seconds))
        case .failed(let stage, let reason):
            state.withLock { $0.running[stage.id] = nil }
            line("FAILED   \(stage.id): \(reason)")
        case .skipped(let stage): line("skipped  \(stage.id)")
        }
    }

    private func line(_ text: String) {
        let (finished, remaining) = state.withLock { state in
            state.lastLine = .now
            return (state.finished, self.remaining(state))
        }
        Self.say("\(isTerminal ? "\r\u{1B}[K" : "")[\(finished)/\(count)] \(text)\(remaining)")
    }

    private func update(_ stage: Stage, _ share: Double) {
        let text = state.withLock { state -> String? in
            state.shares[stage.id] = share * stage.cost
            state.running[stage.id] = share
            guard isTerminal || state.lastLine.duration(to: .now) > .seconds(15) else { return nil }
            state.lastLine = .now
            let running = state.running.sorted { $0.key < $1.key }.map { "\($0.key) \(Int($0.value * 100)) %" }
            return "[\(state.finished)/\(count)] \(running.joined(separator: ", "))\(remaining(state))"
        }
        guard let text else { return }
        if isTerminal {
            Self.write("\r\u{1B}[K\(text)")
        } else {
            Self.say(text)
        }
    }

    /// The remaining time if the rest goes on at the rate of what was done.
    private func remaining(_ state: State) -> String {
        let done = state.doneWork + state.shares.values.reduce(0, +)
        let elapsed = start.duration(to: .now) / .seconds(1)
        guard elapsed > 5, done > 0.02 * total else { return "" }
        let seconds = max(0, (total - state.reusedWork - done) / done * elapsed)
        return String(format: ", about %d:%02d left", Int(seconds) / 60, Int(seconds) % 60)
    }
}
