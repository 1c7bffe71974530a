/// What queries cost in money, so that a report can say what a theft costs.
public struct Tariff: Codable, Sendable, Equatable {
    /// The price of 1,000 queries.
    public var perThousandQueries: Double
    /// The price of 1,000 tokens, read or written.
    public var perThousandTokens: Double
    /// The currency's three letters.
    public var currency: String

    /// Creates a tariff.
    ///
    /// - Parameters:
    ///   - perThousandQueries: the price of 1,000 queries, at least 0.
    ///   - perThousandTokens: the price of 1,000 tokens, at least 0.
    ///   - currency: the currency's three letters.
    public init(perThousandQueries: Double = 0, perThousandTokens: Double = 0, currency: String = "USD") {
        precondition(
            perThousandQueries >= 0 && perThousandTokens >= 0, "prices \(perThousandQueries), \(perThousandTokens)")
        (self.perThousandQueries, self.perThousandTokens) = (perThousandQueries, perThousandTokens)
        self.currency = currency
    }

    /// The price of what was asked, in ``currency``.
    public func price(of cost: QueryCost) -> Double {
        (Double(cost.queries) * perThousandQueries + Double(cost.tokens) * perThousandTokens) / 1000
    }
}
