public import ThreatModel

/// How a victim meets an attack that needs no more than an interface: where it answers, and what stands between.
public struct ServiceSpec: Codable, Sendable, Equatable {
    /// Where it answers.
    public enum Place: String, Codable, Sendable, CaseIterable {
        /// In the attack's own process.
        case process
        /// Behind a gateway of its own, over HTTP: the same answers, and the same evidence.
        case http
    }

    /// Where it answers; in the attack's own process when absent.
    public var over: Place
    /// What its answers go through, in order.
    public var defences: [DefenceSpec]
    /// What watches the queries.
    public var monitors: [MonitorSpec]
    /// The price of 1,000 queries; `nil` without a price.
    public var perThousandQueries: Double?
    /// The price of 1,000 tokens; `nil` without a price.
    public var perThousandTokens: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case over, defences, monitors, perThousandQueries, perThousandTokens
    }

    /// A service in the attack's own process with nothing between.
    init() { (over, defences, monitors) = (.process, [], []) }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        over = try fields.choice(.over, default: .process)
        do {
            defences = try fields.optional(.defences) ?? []
            monitors = try fields.optional(.monitors) ?? []
        } catch DecodingError.dataCorrupted(let context) {
            throw fields.fail(context.debugDescription)
        }
        perThousandQueries = try fields.optional(.perThousandQueries, in: 0...1e9)
        perThousandTokens = try fields.optional(.perThousandTokens, in: 0...1e9)
    }

    /// What queries cost; `nil` where nobody names a price.
    var tariff: Tariff? {
        guard perThousandQueries != nil || perThousandTokens != nil else { return nil }
        return Tariff(perThousandQueries: perThousandQueries ?? 0, perThousandTokens: perThousandTokens ?? 0)
    }

    /// The defences in words.
    var defenceText: String {
        defences.isEmpty ? "no defence" : defences.map(\.description).joined(separator: ", ")
    }
}
