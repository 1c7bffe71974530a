public import Statistics

/// Two runs side by side: the rows that both have, what only one has, and what differs in how they were made.
public struct RunComparison: Codable, Sendable, Equatable {
    /// One number of one run.
    public struct Side: Codable, Sendable, Equatable {
        /// The value; `nil` when the run does not have it or cannot resolve it.
        public var value: Double?
        /// Its interval, when there is one.
        public var interval: Interval?
        /// What the non-members resolve; only for rates.
        public var resolution: Resolution?

        /// Creates one side.
        public init(value: Double? = nil, interval: Interval? = nil, resolution: Resolution? = nil) {
            self.value = value
            self.interval = interval
            self.resolution = resolution
        }
    }

    /// One number of both runs.
    public struct Number: Codable, Sendable, Equatable {
        /// What kind of number it is, which decides how it is written.
        public enum Kind: String, Codable, Sendable {
            /// An area under the ROC curve.
            case area
            /// A rate between 0 and 1.
            case rate
            /// A measure of a game, in a unit of its own.
            case measure
        }
        /// What it is, such as "AUC" or "PSNR (dB)".
        public var name: String
        /// How to write it.
        public var kind: Kind
        /// The first run's.
        public var first: Side
        /// The second run's.
        public var second: Side
        /// The second minus the first with an interval that takes the runs to be independent; `nil` when a side has no
        /// interval or their confidences differ.
        public var difference: Estimate?
        /// Whether the two intervals have no point in common; `nil` when a side has no interval.
        public var isApart: Bool?

        /// Compares two sides.
        public init(name: String, kind: Kind, first: Side, second: Side) {
            self.name = name
            self.kind = kind
            self.first = first
            self.second = second
            guard let a = first.estimate, let b = second.estimate else { return }
            difference = b.difference(from: a)
            isApart = !a.interval.overlaps(b.interval)
        }
    }

    /// One row of both runs.
    public struct Row: Codable, Sendable, Equatable {
        /// The identifier in both.
        public var id: String
        /// Its numbers.
        public var numbers: [Number]

        /// Creates a row.
        public init(id: String, numbers: [Number]) {
            self.id = id
            self.numbers = numbers
        }
    }

    /// Something about how the runs were made that differs.
    public struct Condition: Codable, Sendable, Equatable {
        /// What differs, such as "spec" or "environment blas".
        public var name: String
        /// The first run's; `nil` when it has none.
        public var first: String?
        /// The second run's; `nil` when it has none.
        public var second: String?

        /// Creates a condition.
        public init(name: String, first: String?, second: String?) {
            self.name = name
            self.first = first
            self.second = second
        }
    }

    /// The rows of both runs, in the first one's order.
    public var rows: [Row]
    /// The identifiers of the rows that only the first run has.
    public var onlyInFirst: [String]
    /// The identifiers of the rows that only the second run has.
    public var onlyInSecond: [String]
    /// What differs in how the runs were made.
    public var conditions: [Condition]

    /// Compares two runs; rows are matched by identifier.
    ///
    /// - Throws: ``RunComparisonError/repeatedRow(_:)`` when a run has two rows of one identifier.
    public init(_ first: Findings, _ second: Findings) throws(RunComparisonError) {
        let (ours, theirs) = (try Self.rowsByID(first), try Self.rowsByID(second))
        rows = first.rows.compactMap { row in
            theirs[row.id].map { Row(id: row.id, numbers: Self.numbers(row, $0)) }
        }
        onlyInFirst = first.rows.map(\.id).filter { theirs[$0] == nil }
        onlyInSecond = second.rows.map(\.id).filter { ours[$0] == nil }
        let (before, after) = (Self.facts(first), Self.facts(second))
        conditions = Set(before.keys).union(after.keys).sorted().compactMap { name in
            before[name] == after[name] ? nil : Condition(name: name, first: before[name], second: after[name])
        }
    }

    private static func rowsByID(_ findings: Findings) throws(RunComparisonError) -> [String: Finding] {
        var rows: [String: Finding] = [:]
        for row in findings.rows where rows.updateValue(row, forKey: row.id) != nil { throw .repeatedRow(row.id) }
        return rows
    }

    private static let rates = [(0.01, "TPR @ 1 % FPR"), (0.001, "TPR @ 0.1 % FPR")]

    private static func numbers(_ a: Finding, _ b: Finding) -> [Number] {
        var numbers: [Number] = []
        if a.membership != nil || b.membership != nil {
            numbers.append(
                Number(name: "AUC", kind: .area, first: Side(a.membership?.auc), second: Side(b.membership?.auc)))
            numbers += rates.map { rate, name in
                Number(
                    name: name, kind: .rate, first: Side(a.membership, at: rate), second: Side(b.membership, at: rate))
            }
        }
        return numbers + measures(a, b)
    }

    private static func measures(_ a: Finding, _ b: Finding) -> [Number] {
        func name(_ measure: Measure) -> String {
            measure.unit.isEmpty ? measure.name : "\(measure.name) (\(measure.unit))"
        }
        var names: [String] = []
        for measure in a.measures + b.measures where !names.contains(name(measure)) { names.append(name(measure)) }
        return names.map { wanted in
            Number(
                name: wanted, kind: .measure, first: Side(a.measures.first { name($0) == wanted }),
                second: Side(b.measures.first { name($0) == wanted }))
        }
    }

    /// What a run was made with, by name.
    private static func facts(_ findings: Findings) -> [String: String] {
        var facts = ["seed": "\(findings.seed)", "spec": findings.spec]
        for (key, value) in findings.environment { facts["environment \(key)"] = value }
        for data in findings.datasets {
            let standIn = data.isFallback ? ", a small committed stand-in" : ""
            facts["data \(data.id)"] = "\(data.records) records, SHA-256 \(data.checksum)\(standIn)"
        }
        return facts
    }
}

extension RunComparison.Side {
    fileprivate var estimate: Estimate? {
        guard let value, let interval else { return nil }
        return Estimate(value, interval)
    }

    fileprivate init(_ estimate: Estimate?) { self.init(value: estimate?.value, interval: estimate?.interval) }

    fileprivate init(_ measure: Measure?) { self.init(value: measure?.value, interval: measure?.interval) }

    fileprivate init(_ grade: MembershipGrade?, at target: Double) {
        guard let point = grade?.operatingPoints.first(where: { abs($0.target - target) <= 1e-6 * target }) else {
            self.init()
            return
        }
        guard point.resolution != .notResolvable else {
            self.init(resolution: .notResolvable)
            return
        }
        self.init(
            value: point.truePositiveRate.value, interval: point.truePositiveRate.interval,
            resolution: point.resolution)
    }
}

/// Why two runs cannot be compared.
public enum RunComparisonError: Error, Equatable, CustomStringConvertible {
    /// Two rows of one run have this identifier.
    case repeatedRow(String)

    /// What was expected and what was found.
    public var description: String {
        switch self {
        case .repeatedRow(let id): "expected one row per identifier, found two rows '\(id)'; was the file edited?"
        }
    }
}
