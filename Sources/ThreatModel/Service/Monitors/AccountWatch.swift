import Synchronization

/// An alarm that a monitor raised over an account.
public struct Alarm: Codable, Sendable, Equatable {
    /// The monitor's name.
    public var monitor: String
    /// The account's query at which it was raised, the first being 1: the queries to detection.
    ///
    /// Of several continuations of one prompt, which are seen at once, the first.
    public var query: Int
    /// What the monitor saw.
    public var reason: String

    /// Creates an alarm.
    public init(monitor: String, query: Int, reason: String) {
        (self.monitor, self.query, self.reason) = (monitor, query, reason)
    }
}

/// What became of watching an account.
public struct WatchReport: Codable, Sendable, Equatable {
    /// The queries that were watched.
    public var queries: Int
    /// The first alarm of each monitor that raised one, in the order in which they were raised.
    public var alarms: [Alarm]

    /// Creates a report.
    public init(queries: Int, alarms: [Alarm]) { (self.queries, self.alarms) = (queries, alarms) }

    /// The queries after which a monitor raised the alarm; `nil` when it did not.
    public func queriesToDetection(by monitor: String) -> Int? { alarms.first { $0.monitor == monitor }?.query }
}

/// The monitors of one account; it can be asked from several threads at once.
///
/// A monitor that raised an alarm has done its work and watches no further.
public final class AccountWatch: Sendable {
    private struct State {
        var monitors: [(name: String, monitor: any QueryMonitor)]
        var report = WatchReport(queries: 0, alarms: [])
    }

    private let state: Mutex<State>

    /// Creates a watch of monitors that have seen nothing, each with the name that its alarm bears.
    public init(_ monitors: [(name: String, monitor: any QueryMonitor)]) { state = Mutex(State(monitors: monitors)) }

    /// What was seen so far.
    public var report: WatchReport { state.withLock { $0.report } }

    /// Whether any monitor raised an alarm.
    public var isAlarmed: Bool { state.withLock { !$0.report.alarms.isEmpty } }

    /// Takes in a request and its answer, query by query.
    func observe(_ query: Query, answered answer: Answer) {
        let queries = ObservedQuery.all(in: query, answered: answer)
        state.withLock { state in
            for query in queries {
                let first = state.report.queries + 1
                state.report.queries += query.count
                var raised: [Alarm] = []
                // In place, since a copy of a monitor copies all that it has seen.
                for index in state.monitors.indices.reversed() {
                    guard let reason = state.monitors[index].monitor.observe(query) else { continue }
                    let name = state.monitors.remove(at: index).name
                    raised.append(Alarm(monitor: name, query: first, reason: reason))
                }
                state.report.alarms += raised.reversed()
            }
        }
    }
}

/// A watch per account, each with copies of the same calibrated monitors.
public final class AccountWatches: Sendable {
    private let monitors: [(name: String, monitor: any QueryMonitor)]
    private let watches = Mutex<[String: AccountWatch]>([:])

    /// Calibrates monitors; their alarms bear the names that are written, such as `prada=0.9`.
    ///
    /// - Throws: ``NamedValuesError`` when the material lacks something or is too little.
    public init(_ specs: [MonitorSpec], _ material: MonitorMaterial) throws(NamedValuesError) {
        var monitors: [(name: String, monitor: any QueryMonitor)] = []
        for spec in specs { monitors.append((spec.description, try spec.monitor(material))) }
        self.monitors = monitors
    }

    /// The fewest queries after which each monitor can raise its alarm, by the name that the alarm bears.
    ///
    /// Benign accounts of fewer queries say nothing of its false alarms.
    public var leastQueries: [String: Int] {
        Dictionary(monitors.map { ($0.name, $0.monitor.leastQueries) }, uniquingKeysWith: max)
    }

    /// The watch of an account, the same at every call.
    public subscript(account: String) -> AccountWatch {
        watches.withLock { watches in
            if let watch = watches[account] { return watch }
            let watch = AccountWatch(monitors)
            watches[account] = watch
            return watch
        }
    }

    /// What was seen of each account.
    public var reports: [String: WatchReport] { watches.withLock { $0.mapValues(\.report) } }
}
