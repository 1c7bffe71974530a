import CVec
import Dispatch
import Synchronization

/// How many threads may compute at once, and how many do.
public enum Threads {
    /// The most threads that compute at once, the callers' own included; all cores by default.
    public static var limit: Int {
        get { Crew.shared.limit.load(ordering: .relaxed) }
        set { Crew.shared.limit.store(max(1, newValue), ordering: .relaxed) }
    }

    /// Counts this thread as computing while `body` runs, so that others do not take its core for a helper.
    ///
    /// Whoever runs several models side by side wraps each; a thread that computes alone needs not.
    public static func working<Result>(_ body: () throws -> Result) rethrows -> Result {
        Crew.shared.computing.add(1, ordering: .relaxed)
        defer { Crew.shared.computing.subtract(1, ordering: .relaxed) }
        return try body()
    }
}

/// Runs `body` over consecutive pieces of 0..<count, each of at least `grain` (but for the last), side by side on the
/// threads that are free.
///
/// The pieces are a function of `count` and `grain` alone, never of the number of threads, so the bytes of a result do
/// not depend on who computed it. They start at multiples of 16. `body` must write only what belongs to its piece; a
/// reduction keeps one partial sum per piece and adds them in order.
package func inPieces(of count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    guard count > grain else {
        if count > 0 { body(0..<count) }
        return
    }
    let pieces = Pieces(of: count, grain: grain)
    concurrently(pieces.count) { body(pieces[$0]) }
}

/// The work, in elements of cheap arithmetic, below which another thread does not pay.
private let leastWork = 16_384

extension Tensor {
    /// Runs `body` over pieces of the elements; whole vectors, so that the last may run over the padding.
    func inElementPieces(_ body: (Range<Int>) -> Void) { inPieces(of: count, grain: leastWork, body) }

    /// Runs `body` over pieces of the rows of the matrix [rows, columns].
    func inRowPieces(_ body: (Range<Int>) -> Void) {
        let pieces = rowPieces
        concurrently(pieces.count) { body(pieces[$0]) }
    }

    /// The pieces into which the rows of the matrix [rows, columns] are cut.
    package var rowPieces: Pieces { Pieces(of: rows, grain: max(1, leastWork / max(columns, 1))) }
}

/// Consecutive pieces of 0..<count: a few, or groups of one size.
package struct Pieces: Sendable {
    private let total: Int
    private let size: Int

    /// Cuts 0..<count into at most eight pieces of at least `grain`, but for the last, which start at multiples of 16.
    package init(of count: Int, grain: Int) {
        total = count
        size = max((max(grain, (count + 7) / 8) + 15) / 16 * 16, 16)
    }

    /// Cuts 0..<count into at most eight pieces of at least `grain`, but for the last, which start anywhere.
    ///
    /// For things that are large themselves, such as images: sixteen of them would be too coarse.
    package init(ofLarge count: Int, grain: Int) {
        total = count
        size = max(grain, (count + 7) / 8, 1)
    }

    /// Cuts 0..<groups·size into groups of one size.
    package init(groups: Int, of size: Int) {
        total = groups * size
        self.size = max(size, 1)
    }

    /// How many there are.
    package var count: Int { (total + size - 1) / size }

    /// Piece `index`.
    package subscript(index: Int) -> Range<Int> { index * size..<min((index + 1) * size, total) }
}

/// Calls `body` with each piece, side by side on the threads that are free.
func concurrently(_ pieces: Pieces, _ body: (Range<Int>) -> Void) { concurrently(pieces.count) { body(pieces[$0]) } }

/// Calls `body` with each of 0..<count, side by side on the threads that are free.
package func concurrently(_ count: Int, _ body: (Int) -> Void) {
    let crew = Crew.shared
    guard count > 1, crew.hasSpare else {
        for index in 0..<count { body(index) }
        return
    }
    withoutActuallyEscaping(body) { body in
        crew.share(Job(count: count, body), among: count - 1)
    }
}

/// One call of `concurrently`: indices are handed out one by one.
private final class Job: Sendable {
    private let count: Int
    private let next = Atomic(0)
    private nonisolated(unsafe) let body: (Int) -> Void

    init(count: Int, _ body: @escaping (Int) -> Void) {
        self.count = count
        unsafe self.body = body
    }

    /// Takes indices until none is left.
    ///
    /// Never inlined: whatever it retains of `body` it has released on return.
    @inline(never)
    func work() {
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            unsafe body(index)
        }
    }
}

/// The helper threads of the process, one fewer than cores.
private final class Crew: Sendable {
    static let shared = Crew()

    let limit: Atomic<Int>
    let computing = Atomic(0)
    private let helping = Atomic(0)
    private let helpers: [Helper]

    private init() {
        let cores = activeProcessors()
        limit = Atomic(cores)
        helpers = (1..<max(cores, 1)).map { _ in Helper() }
    }

    /// Whether the budget has room for another thread.
    var hasSpare: Bool {
        let used = max(1, computing.load(ordering: .relaxed)) + helping.load(ordering: .relaxed)
        return used < limit.load(ordering: .relaxed)
    }

    /// Puts idle helpers, at most `most`, on a job, works at it too, and returns when it is done.
    func share(_ job: Job, among most: Int) {
        var offers: [(helper: Helper, ticket: Int)] = []
        for helper in helpers where offers.count < most && hasSpare {
            guard let ticket = helper.take(job) else { continue }
            helping.add(1, ordering: .relaxed)
            offers.append((helper, ticket))
        }
        job.work()
        for (helper, ticket) in offers { helper.join(job, ticket) }
        helping.subtract(offers.count, ordering: .relaxed)
    }
}

/// A thread that waits for jobs: awake for a moment, since the next operation follows soon, then asleep.
private final class Helper: Sendable {
    private static let idle: UInt = 0
    private static let reserved: UInt = 1
    private static let busy: UInt = 2
    /// How often a thread looks, some thirty microseconds, before it lets others have the core between looks.
    private static let patience = 2000
    /// How often a helper looks before it sleeps, several milliseconds: to wake a core costs as much as an operation.
    private static let endurance = 20_000

    /// `idle`, `reserved` while an offer is made or taken back, `busy`, or the address of a job nobody has begun.
    private let slot = Atomic<UInt>(Helper.idle)
    /// How many offers are over.
    private let completed = Atomic(0)
    private let isAsleep = Atomic(false)
    private let isStarted = Atomic(false)
    private let bell = DispatchSemaphore(value: 0)
    /// Asked for before any work, so that it does not matter when the first job comes.
    private nonisolated(unsafe) let scratch = Scratch()

    /// Offers a job and returns the ticket to wait for; `nil` when this helper has one.
    func take(_ job: Job) -> Int? {
        let claim = slot.compareExchange(
            expected: Helper.idle, desired: Helper.reserved, ordering: .sequentiallyConsistent)
        guard claim.exchanged else { return nil }
        let ticket = completed.load(ordering: .relaxed) + 1
        slot.store(address(of: job), ordering: .sequentiallyConsistent)
        if !isStarted.exchange(true, ordering: .relaxed) { startThread { self.serve() } }
        if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { bell.signal() }
        return ticket
    }

    /// Waits until this helper has let go of a job; one that it has not begun is taken back.
    func join(_ job: Job, _ ticket: Int) {
        let retraction = slot.compareExchange(
            expected: address(of: job), desired: Helper.reserved, ordering: .sequentiallyConsistent)
        if retraction.exchanged { return finish() }
        var looks = 0
        while completed.load(ordering: .acquiring) < ticket {
            vec_pause()
            looks += 1
            if looks > Helper.patience { yieldProcessor() }
        }
    }

    private func address(of job: Job) -> UInt { UInt(bitPattern: unsafe Unmanaged.passUnretained(job).toOpaque()) }

    private func finish() {
        completed.add(1, ordering: .releasing)
        slot.store(Helper.idle, ordering: .releasing)
    }

    private func serve() {
        unsafe scratch.adopt()
        var looks = 0
        while true {
            let address = slot.load(ordering: .acquiring)
            if address > Helper.busy {
                run(address)
                looks = 0
            } else if looks < Helper.endurance {
                looks += 1
                if looks < Helper.patience { vec_pause() } else { yieldProcessor() }
            } else {
                sleep()
                looks = 0
            }
        }
    }

    private func run(_ address: UInt) {
        let beginning = slot.compareExchange(
            expected: address, desired: Helper.busy, ordering: .sequentiallyConsistent)
        guard beginning.exchanged, let job = unsafe UnsafeRawPointer(bitPattern: address) else { return }
        // The caller keeps the job alive until this helper has finished.
        unsafe Unmanaged<Job>.fromOpaque(job)._withUnsafeGuaranteedRef { $0.work() }
        finish()
    }

    private func sleep() {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        let isOffered = slot.load(ordering: .sequentiallyConsistent) > Helper.busy
        // Whoever turns the flag back rings: if it was not this thread, the bell has rung or will.
        if isOffered, isAsleep.exchange(false, ordering: .sequentiallyConsistent) { return }
        bell.wait()
    }
}
