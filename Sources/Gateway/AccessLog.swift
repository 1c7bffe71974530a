import Dispatch
import Foundation
import Synchronization

/// A line of JSON per request, on standard error.
///
/// Lines are written by a thread of their own: a reader that stops reading costs lines, which are counted, and no answers.
final class AccessLog: Sendable {
    private let handle: FileHandle
    private let metrics: MetricsRegistry
    private let thread = DispatchQueue(label: "penumbra.log", qos: .utility)
    private let waiting = Mutex(0)
    /// The most lines that wait to be written.
    private let capacity = 10_000

    /// Writes to a stream.
    init(_ metrics: MetricsRegistry, to handle: FileHandle = .standardError) {
        (self.handle, self.metrics) = (handle, metrics)
    }

    private struct Line: Encodable {
        var time: String
        var method: String
        var path: String
        var status: Int
        var milliseconds: Double
        var account: String?
        var model: String?
        var operation: String?
        var queries: Int
        var tokens: Int
        var error: String?
    }

    /// Notes a request.
    ///
    /// Keys are never written, only whose they are.
    func note(_ head: RequestHead, _ status: Int, _ record: AccessRecord, seconds: Double) {
        let line = Line(
            time: Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)), method: head.method,
            path: String(head.route.prefix(200)), status: status,
            milliseconds: (seconds * 1e5).rounded() / 100, account: record.account, model: record.model,
            operation: record.operation, queries: record.queries, tokens: record.tokens,
            error: record.error.map { String($0.prefix(500)) })
        let isTaken = waiting.withLock { waiting in
            guard waiting < capacity else { return false }
            waiting += 1
            return true
        }
        guard isTaken else { return metrics.count(.droppedLines) }
        thread.async { self.write(line) }
    }

    /// Waits until everything is written, or two seconds where nobody reads.
    func flush() {
        let written = DispatchSemaphore(value: 0)
        thread.async { written.signal() }
        if written.wait(timeout: .now() + 2) == .timedOut { metrics.count(.droppedLines) }
    }

    private func write(_ line: Line) {
        defer { waiting.withLock { $0 -= 1 } }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            try handle.write(contentsOf: try encoder.encode(line) + Data("\n".utf8))
        } catch {
            metrics.count(.droppedLines)
        }
    }
}
