import Dispatch
import Foundation
import Synchronization
import ThreatModel

/// Answers requests one pass at a time, on a thread of its own: what waits meanwhile and is of one kind is asked
/// together.
///
/// The answers are those of single requests: bit for bit when one caller asks one request after another, and up to the
/// rounding of matrix products where requests of several meet in one pass.
final class Batcher: Sendable {
    /// A question that waits.
    struct Job: Sendable {
        var model: ServedModel
        var account: String
        var query: Query
        var finish: @Sendable (Result<Answer, ThreatModelError>) -> Void
    }

    private struct State {
        /// What was not taken yet.
        var waiting: [Job] = []
        /// What was taken and is not answered yet.
        var taken = 0
        var length: Int { waiting.count + taken }
    }

    private let state = Mutex(State())
    /// Counts what was submitted.
    ///
    /// The thread is its own, since those of a shared pool may all be busy reading requests.
    private let arrivals = DispatchSemaphore(value: 0)
    private let limits: Limits
    private let metrics: MetricsRegistry

    /// Creates an empty queue.
    init(_ limits: Limits, _ metrics: MetricsRegistry) {
        (self.limits, self.metrics) = (limits, metrics)
        let thread = Thread { [weak self, arrivals] in
            repeat { arrivals.wait() } while self?.serveWaiting() ?? false
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
            submit(Job(model: model, account: account, query: query) { continuation.resume(returning: $0) })
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
        guard isAccepted else {
            return job.finish(
                .failure(
                    .refused(
                        .unavailable("\(limits.queue) requests are waiting already; wait a second, then ask again")
                    )))
        }
        arrivals.signal()
    }

    /// Answers all that waits; there may be nothing, as what arrives meanwhile is taken with the rest.
    private func serveWaiting() -> Bool {
        let jobs = state.withLock { state in
            defer { (state.waiting, state.taken) = ([], state.waiting.count) }
            return state.waiting
        }
        for group in groups(of: jobs) { serve(group) }
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
            let result = Result { () throws(ThreatModelError) in try Self.answer(job, knowing: answers?[index]) }
            // Before it is told, so that who asks again at once finds its place free.
            state.withLock { $0.taken -= 1 }
            job.finish(result)
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
        guard let merged = MergedQuery(group.map(\.query)), let answer = try? group[0].model.base.answer(merged.query)
        else { return nil }
        return merged.parts(of: answer)
    }
}
