/// Everything that was done to one data set: events with their counts, equal ones joined.
///
/// The order of events does not matter to any accountant here, so a training of a million equal steps is one entry.
public struct PrivacyLedger: Codable, Sendable, Equatable {
    /// An event and how often it happened.
    public struct Entry: Codable, Sendable, Equatable {
        /// An event that is neither composed nor repeated.
        public let event: PrivacyEvent
        /// How often it happened, at least once.
        public fileprivate(set) var count: Int
    }

    /// One entry per distinct event, in the order in which they first happened.
    public private(set) var entries: [Entry] = []
    private var index: [PrivacyEvent: Int] = [:]

    /// Creates an empty ledger.
    public init() {}

    /// Creates the ledger of one event.
    ///
    /// - Throws: ``AccountingError`` as ``record(_:count:)`` does.
    public init(_ event: PrivacyEvent) throws(AccountingError) {
        try record(event)
    }

    /// Everything so far as one event.
    public var event: PrivacyEvent {
        .composed(entries.map { $0.count == 1 ? $0.event : .repeated($0.event, count: $0.count) })
    }

    /// Adds an event that happened `count` times; nested events are taken apart.
    ///
    /// - Throws: ``AccountingError`` for an impossible noise, rate, number of trials or count; the ledger is then unchanged.
    /// - Complexity: O(1) for a single step, amortised; otherwise linear in the number of nested events.
    public mutating func record(_ event: PrivacyEvent, count: Int = 1) throws(AccountingError) {
        switch event {
        case .gaussian(let noiseMultiplier):
            try AccountingError.checkNoiseMultiplier(noiseMultiplier)
            try add(event, count)
        case .poissonSampledGaussian(let rate, let noiseMultiplier):
            try AccountingError.checkRate(rate)
            try AccountingError.checkNoiseMultiplier(noiseMultiplier)
            try add(event, count)
        case .laplace(let scale):
            try AccountingError.checkScale(scale)
            try add(event, count)
        case .nonPrivate: try add(event, count)
        case .repeatAndSelect(let run, let trials):
            try trials.check()
            _ = try PrivacyLedger(run)
            try add(event, count)
        case .composed(let parts):
            var copy = self
            for part in parts { try copy.record(part, count: count) }
            self = copy
        case .repeated(let part, let times):
            try AccountingError.checkCount(times)
            try AccountingError.checkCount(count)
            let (product, overflow) = times.multipliedReportingOverflow(by: count)
            guard !overflow else { throw .count(times) }
            try record(part, count: product)
        }
    }

    private mutating func add(_ event: PrivacyEvent, _ count: Int) throws(AccountingError) {
        try AccountingError.checkCount(count)
        guard count > 0 else { return }
        guard let place = index[event] else {
            index[event] = entries.count
            entries.append(Entry(event: event, count: count))
            return
        }
        let (sum, overflow) = entries[place].count.addingReportingOverflow(count)
        guard !overflow else { throw .count(count) }
        entries[place].count = sum
    }

    private enum CodingKeys: CodingKey {
        case entries
    }

    /// Decodes the entries and checks them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        for entry in try container.decode([Entry].self, forKey: .entries) {
            try record(entry.event, count: entry.count)
        }
    }
}
