import Auditing
import Foundation
public import Store
import Synchronization
import Tensors

/// What a run tells while it goes on.
public struct RunObserver: Sendable {
    /// What happened to a stage.
    public enum Event: Sendable {
        /// Its artefact was there.
        case cached(Stage)
        /// It began.
        case began(Stage)
        /// It is so far, in [0, 1].
        case progressed(Stage, Double)
        /// It ended after so many seconds.
        case finished(Stage, seconds: Double)
        /// It failed.
        case failed(Stage, String)
        /// A stage before it failed.
        case skipped(Stage)
    }
    /// Called on any thread.
    public var event: @Sendable (Event) -> Void

    /// Creates an observer.
    public init(event: @escaping @Sendable (Event) -> Void = { _ in }) { self.event = event }
}

/// Stages that failed; every other one is finished and kept.
public struct RunFailure: Error, CustomStringConvertible {
    /// The failed stages with their reasons.
    public let failures: [(stage: String, reason: String)]

    /// One line.
    public var description: String {
        let list = failures.map { "\($0.stage): \($0.reason)" }.joined(separator: "; ")
        return "\(failures.count) stage(s) failed, every other one is finished and kept: \(list)"
    }
}

/// Runs stages on a bounded number of threads of this process, one stage a thread, one BLAS thread each.
///
/// The order of execution depends on timing, the bytes do not: a stage reads only its inputs' artefacts.
public final class LocalExecutor: Sendable {
    private let stages: [Stage]
    private let urgency: [Double]
    private let store: ArtefactStore
    private let observer: RunObserver

    private struct State {
        var waiting: [Int]
        var running = Set<Int>()
        var artefacts: [String: Artefact] = [:]
        var failed: [String: String] = [:]
        var seconds: [String: Double] = [:]
        /// The store cannot be written: no other stage could be kept either.
        var fatal: StoreError?
    }
    private let state: Mutex<State>
    private let condition = NSCondition()

    /// Prepares a run.
    public init(_ plan: Plan, store: ArtefactStore, observer: RunObserver) {
        stages = plan.stages
        urgency = Self.urgency(of: plan.stages)
        self.store = store
        self.observer = observer
        state = Mutex(State(waiting: Array(plan.stages.indices)))
    }

    /// Runs every stage that is not in the store, and returns all artefacts and the seconds of those that ran.
    ///
    /// - Throws: ``RunFailure`` at the end when a stage failed, ``StoreError`` as soon as the store cannot be written,
    ///   ``SpecError`` at once when a stage that is not in the store needs a program that is not there.
    public func run(workers: Int) throws -> (artefacts: [String: Artefact], seconds: [String: Double]) {
        try reuse()
        for index in state.withLock(\.waiting) { try stages[index].check() }
        // A stage that runs alone shares its work with the cores that wait.
        Threads.limit = max(1, workers)
        let group = DispatchGroup()
        for _ in 0..<max(1, workers) {
            group.enter()
            let thread = Thread {
                self.work()
                group.leave()
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
        group.wait()
        return try state.withLock { state in
            if let fatal = state.fatal { throw fatal }
            if !state.failed.isEmpty {
                let failures = stages.compactMap { stage in state.failed[stage.id].map { (stage.id, $0) } }
                throw RunFailure(failures: failures.filter { $0.1 != Self.skipped })
            }
            return (state.artefacts, state.seconds)
        }
    }

    private static let skipped = "a stage before it failed"

    /// Takes from the store what is there.
    private func reuse() throws {
        for (index, stage) in stages.enumerated() {
            guard let artefact = try store.lookup(stage: stage.kind.rawValue, key: stage.key) else { continue }
            state.withLock { state in
                state.artefacts[stage.id] = artefact
                state.waiting.removeAll { $0 == index }
            }
            observer.event(.cached(stage))
        }
    }

    private func work() {
        while let index = next() {
            Threads.working { execute(stages[index]) }
            condition.lock()
            state.withLock { _ = $0.running.remove(index) }
            condition.broadcast()
            condition.unlock()
        }
    }

    /// The ready stage with the most work behind it; waits while none is ready, `nil` when none is left.
    private func next() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            skipHopeless()
            let (choice, isOver) = state.withLock { state -> (Int?, Bool) in
                if state.fatal != nil { return (nil, true) }
                let ready = state.waiting.filter { stages[$0].inputs.allSatisfy { state.artefacts[$0] != nil } }
                guard let best = ready.max(by: { urgency[$0] < urgency[$1] }) else {
                    return (nil, state.waiting.isEmpty || state.running.isEmpty)
                }
                state.waiting.removeAll { $0 == best }
                state.running.insert(best)
                return (best, false)
            }
            if let choice { return choice }
            if isOver { return nil }
            condition.wait()
        }
    }

    /// Gives up the stages whose inputs failed.
    private func skipHopeless() {
        var isDone = false
        while !isDone {
            isDone = true
            let hopeless = state.withLock { state -> [Int] in
                let hopeless = state.waiting.filter { stages[$0].inputs.contains { state.failed[$0] != nil } }
                for index in hopeless { state.failed[stages[index].id] = Self.skipped }
                state.waiting.removeAll { hopeless.contains($0) }
                return hopeless
            }
            for index in hopeless {
                observer.event(.skipped(stages[index]))
                isDone = false
            }
        }
    }

    /// The work of each stage and of the longest chain that waits for it.
    private static func urgency(of stages: [Stage]) -> [Double] {
        var result = stages.map(\.cost)
        for (index, stage) in stages.enumerated().reversed() {
            let behind = stages.indices.filter { stages[$0].inputs.contains(stage.id) }.map { result[$0] }.max() ?? 0
            result[index] += behind
        }
        return result
    }

    private func execute(_ stage: Stage) {
        observer.event(.began(stage))
        let start = ContinuousClock.now
        do {
            let artefact = try compute(stage)
            let seconds = start.duration(to: .now) / .seconds(1)
            state.withLock { state in
                state.artefacts[stage.id] = artefact
                state.seconds[stage.id] = seconds
            }
            observer.event(.finished(stage, seconds: seconds))
        } catch {
            let reason = "\(error)".split(separator: "\n").joined(separator: " ")
            state.withLock { state in
                if let error = error as? StoreError, case .writeFailed = error, state.fatal == nil {
                    state.fatal = error
                }
                state.failed[stage.id] = reason
            }
            observer.event(.failed(stage, reason))
        }
    }

    private func compute(_ stage: Stage) throws -> Artefact {
        let kind = stage.kind.rawValue
        let lock = try store.lock(stage: kind, key: stage.key)
        defer { lock.release() }
        // Another process may have finished it while this one waited for the lock.
        if let artefact = try store.lookup(stage: kind, key: stage.key) { return artefact }
        let inputs = state.withLock { $0.artefacts }
        let checkpoints = try store.checkpointDirectory(stage: kind, key: stage.key)
        return try store.commit(stage: kind, key: stage.key) { [observer, store] output in
            let context = StageContext(
                output: output, inputs: inputs.filter { stage.inputs.contains($0.key) }, store: store,
                checkpoints: checkpoints, progress: { observer.event(.progressed(stage, $0)) })
            try stage.run(context)
        }
    }
}
