import Dispatch
import Foundation
import Synchronization
import ThreatModel

/// Answers requests one pass at a time, on a thread of its own: what waits meanwhile and is of one kind is asked
/// together, and completions are computed in turns.
///
/// The answers are those of single requests: bit for bit when one caller asks one request after another, and up to the
/// rounding of matrix products where requests of several meet in one pass. No completion waits for another's end as long
/// as ``Limits/texts`` are not under way, streamed or not, as ``CompletionTurns`` says; between two turns the rows that
/// wait are answered.
final class Batcher: Sendable {
    /// A question that waits.
    struct Job: Sendable {
        var model: ServedModel
        var account: String
        var query: Query
        var receiver: Receiver

        /// Whom the answer is for.
        enum Receiver: Sendable {
            /// Takes it whole.
            case whole(@Sendable (Result<Answer, ThreatModelError>) -> Void)
            /// Takes a completion token by token.
            case parts(PartChannel)
        }
    }

    private struct State {
        /// What was not taken yet.
        var waiting: [Job] = []
        /// The rows that were taken and are not answered yet.
        var taken = 0
        /// The completions that are under way.
        var turns = 0
        var length: Int { waiting.count + taken + turns }
    }

    private let state = Mutex(State())
    /// Counts what was submitted: never less than what waits, as whatever is waited for takes a job at least.
    ///
    /// The thread is its own, since those of a shared pool may all be busy reading requests.
    private let arrivals = DispatchSemaphore(value: 0)
    private let limits: Limits
    private let metrics: MetricsRegistry

    /// Creates an empty queue.
    init(_ limits: Limits, _ metrics: MetricsRegistry) {
        (self.limits, self.metrics) = (limits, metrics)
        let thread = Thread { [weak self, arrivals, limits] in
            var turns = CompletionTurns(most: limits.texts)
            repeat { if turns.count == 0 { arrivals.wait() } } while self?.serve(&turns) ?? false
            turns.close()
        }
        thread.name = "models"
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { arrivals.signal() }

    /// The requests that wait or are being answered.
    var length: Int { state.withLock(\.length) }

    /// Answers a question when its turn comes.
    ///
    /// - Throws: ``ThreatModel/ThreatModelError``; of a full queue ``ThreatModel/ServiceRefusal/unavailable(_:)``.
    func answer(_ query: Query, of model: ServedModel, for account: String) async throws(ThreatModelError) -> Answer {
        let result: Result<Answer, ThreatModelError> = await withCheckedContinuation { continuation in
            let job = Job(
                model: model, account: account, query: query, receiver: .whole { continuation.resume(returning: $0) })
            submit(job)
        }
        return try result.get()
    }

    /// Queues a question, or refuses it.
    func submit(_ job: Job) {
        let isAccepted = state.withLock { state in
            guard state.length < limits.queue else { return false }
            state.waiting.append(job)
            return true
        }
        guard !isAccepted else {
            arrivals.signal()
            return
        }
        let error = ThreatModelError.refused(
            .unavailable("\(limits.queue) requests are waiting already; wait a second, then ask again"))
        switch job.receiver {
        case .whole(let finish): finish(.failure(error))
        case .parts(let channel): channel.end(error, generated: 0)
        }
    }

    /// Answers all rows that wait, and computes a token of each completion; there may be nothing, as what arrives
    /// meanwhile is taken with the rest.
    private func serve(_ turns: inout CompletionTurns) -> Bool {
        let before = turns.count
        let rows = state.withLock { state in
            turns.take(from: &state.waiting)
            state.turns = turns.count
            let rows = state.waiting.filter { $0.query.operation != .complete }
            state.waiting.removeAll { $0.query.operation != .complete }
            state.taken += rows.count
            return rows
        }
        metrics.count(.passes, by: turns.count - before)
        metrics.count(.mergedRequests, by: turns.count - before)
        for group in groups(of: rows) { serve(group) }
        turns.advance()
        state.withLock { $0.turns = turns.count }
        return true
    }

    /// What is asked together, in the order of the first of each.
    private func groups(of jobs: [Job]) -> [[Job]] {
        var groups: [[Job]] = []
        var open: [MergedQuery.Kind: (group: Int, rows: Int)] = [:]
        for job in jobs {
            let rows = job.query.cost.queries
            guard let kind = MergedQuery.Kind(job.query, model: job.model.id) else {
                groups.append([job])
                continue
            }
            if let (group, taken) = open[kind], taken + rows <= limits.rows {
                groups[group].append(job)
                open[kind] = (group, taken + rows)
            } else {
                open[kind] = (groups.count, rows)
                groups.append([job])
            }
        }
        return groups
    }

    private func serve(_ group: [Job]) {
        metrics.count(.passes)
        metrics.count(.mergedRequests, by: group.count)
        let answers = group.count > 1 ? merged(group) : nil
        for (index, job) in group.enumerated() {
            // Completions, which alone are told in parts, are computed in turns.
            guard case .whole(let finish) = job.receiver else { continue }
            let result = Result { () throws(ThreatModelError) in try Self.answer(job, knowing: answers?[index]) }
            // Before it is told, so that who asks again at once finds its place free.
            state.withLock { $0.taken -= 1 }
            finish(result)
        }
    }

    private static func answer(_ job: Job, knowing known: Answer?) throws(ThreatModelError) -> Answer {
        let service = job.model.service(for: job.account)
        guard let known else { return try service.answer(job.query) }
        return try job.model.base.knowing(known, to: job.query) { () throws(ThreatModelError) in
            try service.answer(job.query)
        }
    }

    /// The model's answers to a group; `nil` when one question spoils the pass, so that each is asked by itself.
    private func merged(_ group: [Job]) -> [Answer]? {
        guard let merged = MergedQuery(group.map(\.query)) else { return nil }
        do {
            return merged.parts(of: try group[0].model.base.answer(merged.query))
        } catch {
            // Whose question it was is found out by asking each by itself, and that one is told.
            return nil
        }
    }
}
