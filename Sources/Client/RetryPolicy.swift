public import Foundation

/// How often a request is sent again, and how long the client waits in between.
///
/// Waits are not drawn: the same refusals give the same waits. All requests may be repeated, as the same question has
/// the same answer. A gateway of ours charges one whose answer was lost on the way once: it knows the request again by its
/// `Idempotency-Key`, unless it was started anew in between.
public struct RetryPolicy: Sendable {
    /// How often a request is sent at most while the service says that it is busy (429 with a time to wait, or 503).
    public var tries: Int
    /// How often it is sent at most when there is no connection.
    public var connectionTries: Int
    /// The longest wait, in seconds, that is agreed to; a service that asks for more is given up at once.
    public var longestWait: Double
    /// Waits so many seconds.
    public var wait: @Sendable (Double) -> Void

    /// Creates a policy.
    ///
    /// - Parameters:
    ///   - tries: how often a request is sent while the service is busy, at least 1.
    ///   - connectionTries: how often it is sent without a connection, at least 1.
    ///   - longestWait: the longest wait in seconds.
    ///   - wait: what waits.
    public init(
        tries: Int = 8, connectionTries: Int = 3, longestWait: Double = 120,
        wait: @escaping @Sendable (Double) -> Void = { Thread.sleep(forTimeInterval: $0) }
    ) {
        precondition(tries > 0 && connectionTries > 0, "\(tries) and \(connectionTries) tries")
        (self.tries, self.connectionTries, self.longestWait) = (tries, connectionTries, longestWait)
        self.wait = wait
    }

    /// The wait after a refusal.
    ///
    /// - Parameters:
    ///   - attempt: how often the request was sent, from 1.
    ///   - seconds: how long the service asks to wait; `nil` when it does not say, so that 0.25, 0.5, 1, … are waited.
    /// - Returns: the seconds to wait before the next attempt; `nil` when there is none.
    func pause(after attempt: Int, asked seconds: Double?) -> Double? {
        guard attempt < tries else { return nil }
        return agreed(seconds ?? backoff(attempt))
    }

    /// The wait after a failure to connect; `nil` when there is no further attempt.
    func pauseAfterFailure(_ attempt: Int) -> Double? {
        attempt < connectionTries ? agreed(backoff(attempt)) : nil
    }

    private func backoff(_ attempt: Int) -> Double { 0.25 * Double(1 << min(attempt - 1, 20)) }

    private func agreed(_ seconds: Double) -> Double? { seconds <= longestWait ? max(0, seconds) : nil }
}
