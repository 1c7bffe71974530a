public import Models
public import Tensors

/// Something that watches the queries of one account and tells when they look like an extraction.
///
/// A value: a copy of one that has seen nothing watches another account.
public protocol QueryMonitor: Sendable {
    /// Its entry in the catalogue.
    static var card: MonitorCard { get }
    /// Creates it of one number per entry of ``MonitorCard/values``, each in its range.
    ///
    /// - Throws: ``NamedValuesError`` when the material lacks something or is too little for the numbers.
    init(_ values: [Double], _ material: MonitorMaterial) throws(NamedValuesError)
    /// The fewest queries after which it can raise the alarm: an account of fewer tells nothing of it.
    var leastQueries: Int { get }
    /// Takes queries of one content in, and gives the reason when it raises the alarm.
    mutating func observe(_ query: ObservedQuery) -> String?
}

/// What the catalogue says of a monitor.
public struct MonitorCard: Codable, Sendable, Equatable {
    /// Its name in specs and on the command line.
    public var id: String
    /// What it watches, in one sentence.
    public var summary: String
    /// Where it was published.
    public var paper: String
    /// The numbers that it is set by.
    public var values: [ValueCard]
    /// The operations whose queries it looks at.
    public var watches: [Operation]
    /// What it needs to know.
    public var knowledge: String
    /// What is promised of false alarms.
    public var falseAlarms: String
    /// Where it departs from the paper; empty when it does not.
    public var deviations: String

    /// Creates a card.
    public init(
        id: String, summary: String, paper: String, values: [ValueCard], watches: [Operation],
        knowledge: String = "", falseAlarms: String, deviations: String = ""
    ) {
        (self.id, self.summary, self.paper, self.values) = (id, summary, paper, values)
        (self.watches, self.knowledge) = (watches, knowledge)
        (self.falseAlarms, self.deviations) = (falseAlarms, deviations)
    }
}

/// What a monitor may know: records of the distribution that a model is meant for.
public struct MonitorMaterial: Sendable {
    /// Records that are known, such as the population: queries are compared with them.
    public var reference: Records?
    /// What benign accounts ask, account after account; disjoint from `reference`.
    public var benign: Records?
    /// The queries of a benign account.
    public var lifetime: Int
    /// Where partitions are drawn.
    public var random: RandomStream

    /// Creates material.
    public init(reference: Records? = nil, benign: Records? = nil, lifetime: Int = 100, random: RandomStream) {
        (self.reference, self.benign, self.lifetime, self.random) = (reference, benign, lifetime, random)
    }

    /// Reference and benign records that can be compared with each other.
    func known(by monitor: String) throws(NamedValuesError) -> (reference: Records, benign: Records) {
        guard let reference, let benign, reference.count > 0 else {
            throw .missing(monitor, what: "reference records and benign queries")
        }
        guard reference.features?.columns == benign.features?.columns else {
            throw .missing(monitor, what: "reference records and benign queries of one kind and width")
        }
        return (reference, benign)
    }
}

/// A query as a monitor sees it: a record, a prompt with all texts that go on from it, a context, or draws.
public struct ObservedQuery: Sendable, Equatable {
    /// What is asked about.
    public enum Content: Sendable, Equatable {
        /// A record or a code.
        case vector([Float])
        /// The tokens of a prompt or a context.
        case text([Int32])
        /// Nothing: a draw from a generator.
        case draw
    }

    /// What is asked for.
    public var operation: Operation
    /// What is asked about.
    public var content: Content
    /// The class that was answered.
    public var label: Int32?
    /// The tokens whose logits are biased, in ascending order.
    public var biased: [Int32] = []
    /// How many queries it is in the account's budget: more than one of a prompt with several choices, and of draws.
    ///
    /// They have one content, so that what is counted as independent is seen once.
    public var count = 1

    /// Creates a query.
    public init(_ operation: Operation, _ content: Content, label: Int32? = nil, biased: [Int32] = [], count: Int = 1) {
        (self.operation, self.content, self.label, self.biased) = (operation, content, label, biased)
        self.count = count
    }

    /// The queries of a request; their counts are as many as it costs.
    static func all(in query: Query, answered answer: Answer) -> [ObservedQuery] {
        switch query {
        case .classify(let rows):
            var labels: [Int32] = []
            if case .classes(let answers) = answer { labels = answers.labels }
            return vectors(rows, .classify, labels)
        case .encode(let rows, _), .decode(let rows), .discriminate(let rows):
            return vectors(rows, query.operation, [])
        case .sample(let count, _, _): return [ObservedQuery(.sample, .draw, count: count)]
        case .complete(let query):
            let biased = query.bias.filter { $0.value != 0 }.keys.sorted()
            return query.prompts.map {
                ObservedQuery(.complete, .text($0), biased: biased, count: query.choices)
            }
        case .logits(let contexts): return contexts.map { ObservedQuery(.logits, .text($0)) }
        }
    }

    private static func vectors(_ rows: Tensor, _ operation: Operation, _ labels: [Int32]) -> [ObservedQuery] {
        (0..<rows.rows).map { row in
            ObservedQuery(operation, .vector(rows.row(row)), label: labels.indices.contains(row) ? labels[row] : nil)
        }
    }
}

extension Records {
    /// The records as queries of an operation.
    var contents: [ObservedQuery.Content] {
        if let features { return (0..<features.rows).map { .vector(features.row($0)) } }
        return texts.map { .text($0) }
    }
}
