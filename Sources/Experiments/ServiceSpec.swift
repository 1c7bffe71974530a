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
        defences = try fields.optional(.defences) ?? []
        monitors = try fields.optional(.monitors) ?? []
        perThousandQueries = try fields.optional(.perThousandQueries, in: 0...1e9)
        perThousandTokens = try fields.optional(.perThousandTokens, in: 0...1e9)
    }

    /// What queries cost; `nil` where nobody names a price.
    var tariff: Tariff? {
        guard perThousandQueries != nil || perThousandTokens != nil else { return nil }
        return Tariff(perThousandQueries: perThousandQueries ?? 0, perThousandTokens: perThousandTokens ?? 0)
    }

    /// Where it answers and what its answers go through, in words.
    var words: String {
        let place = over == .http ? "over HTTP" : "in its own process"
        let defences = defences.isEmpty ? "no defence" : defences.map(\.description).joined(separator: ", ")
        return "asked \(place) behind \(defences)"
    }

    /// Where the first defence or monitor stands that means nothing to an operation, and why; `nil` where all fit.
    ///
    /// A defence that changes nothing and a monitor that sees nothing would be reported as if they had failed.
    func misfit(to operation: ThreatModel.Operation, of attack: String) -> String? {
        let wanted = "'\(operation.rawValue)', which \(attack) asks for"
        for (index, defence) in defences.enumerated() {
            let (place, card) = ("defences[\(index)]", defence.card)
            if card.hides.contains(operation) {
                return
                    "\(place): expected a defence that leaves \(wanted), found '\(card.id)', which hides it; remove it"
            }
            if !card.touches.contains(operation) {
                return "\(place): expected a defence of \(wanted), found '\(card.id)', which acts on "
                    + "\(Self.list(card.touches)); remove it"
            }
        }
        for (index, monitor) in monitors.enumerated() where !monitor.card.watches.contains(operation) {
            return "monitors[\(index)]: expected a monitor of \(wanted), found '\(monitor.card.id)', which watches "
                + "\(Self.list(monitor.card.watches)); remove it"
        }
        return nil
    }

    private static func list(_ operations: [ThreatModel.Operation]) -> String {
        operations.map(\.rawValue).joined(separator: ", ")
    }
}
