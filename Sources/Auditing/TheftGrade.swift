/// How faithful stolen models are, per budget, with what it cost and what models without the theft reach.
public struct TheftGrade: Codable, Sendable, Equatable {
    /// One student.
    public struct Row: Codable, Sendable, Equatable {
        /// Queries to the victim that its training took.
        public var queries: Int
        /// Tokens that were read and written for them; 0 where there are none.
        public var tokens: Int
        /// What they cost; `nil` where nobody named a price.
        public var price: Double?
        /// What it reaches on held-out records.
        public var measures: [Measure]

        /// Creates a row.
        public init(queries: Int, tokens: Int, price: Double?, measures: [Measure]) {
            (self.queries, self.tokens, self.price, self.measures) = (queries, tokens, price, measures)
        }
    }

    /// A model that was not stolen.
    public struct Control: Codable, Sendable, Equatable {
        /// Which one, such as "untrained".
        public var name: String
        /// The public records that it was trained on; `nil` of one that was not trained.
        public var records: Int?
        /// What it reaches on the same records.
        public var measures: [Measure]

        /// Creates a control.
        public init(name: String, records: Int?, measures: [Measure]) {
            (self.name, self.records, self.measures) = (name, records, measures)
        }
    }

    /// What was stolen: classes, language model, encoder or generator.
    public var kind: String
    /// Which features distances are measured in; `nil` where none are.
    public var space: String?
    /// The number of records of the comparison; neither victim nor student was trained on them.
    public var heldOut: Int
    /// What the victim itself reaches: the ceiling, and of random draws the distance that chance leaves.
    public var victim: [Measure]
    /// Models that asked the victim nothing.
    public var controls: [Control]
    /// One per budget, the smallest first.
    public var rows: [Row]
    /// The currency of the prices; `nil` without any.
    public var currency: String?

    /// Creates a grade.
    public init(
        kind: String, space: String? = nil, heldOut: Int, victim: [Measure], controls: [Control], rows: [Row],
        currency: String? = nil
    ) {
        (self.kind, self.space, self.heldOut, self.victim) = (kind, space, heldOut, victim)
        (self.controls, self.rows, self.currency) = (controls, rows, currency)
    }

    /// The value of a measure at each budget, for a curve; budgets without it are left out.
    public func curve(_ name: String) -> [(queries: Int, value: Double)] {
        rows.compactMap { row in row.measures.first { $0.name == name }.map { (row.queries, $0.value) } }
    }
}
