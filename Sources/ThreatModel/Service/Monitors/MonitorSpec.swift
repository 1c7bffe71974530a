/// A monitor by its name and its numbers, checked against its card; written like a ``DefenceSpec``.
public struct MonitorSpec: Codable, Sendable, Equatable, CustomStringConvertible {
    /// The name, and the numbers that are written.
    public let setting: NamedValues
    private let values: [Double]

    /// Every monitor there is.
    public static let catalogue: [any QueryMonitor.Type] = [
        PRADA.self, QueryNovelty.self, CoverageAlarm.self, BiasCoverage.self,
    ]

    /// What the catalogue says of each.
    public static var cards: [MonitorCard] { catalogue.map { $0.card } }

    /// Checks a name and its numbers.
    ///
    /// - Throws: ``NamedValuesError``.
    public init(_ setting: NamedValues) throws(NamedValuesError) {
        (self.setting, values) = (setting, try setting.completed(by: Self.type(named: setting.name).card.values))
    }

    /// Reads `NAME[=VALUE[,VALUE]]`.
    ///
    /// - Throws: ``NamedValuesError``.
    public init(_ text: String) throws(NamedValuesError) { try self.init(NamedValues(parsing: text)) }

    /// Reads a word or a mapping of one key; what is wrong with it is told by the error's `debugDescription`.
    public init(from decoder: any Decoder) throws {
        let setting = try NamedValues(from: decoder)
        do {
            try self.init(setting)
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
        }
    }

    /// Writes it as it was written.
    public func encode(to encoder: any Encoder) throws { try setting.encode(to: encoder) }

    /// As a command line writes it.
    public var description: String { setting.description }

    /// The monitor, calibrated.
    ///
    /// - Throws: ``NamedValuesError`` when the material lacks something or is too little for the numbers.
    public func monitor(_ material: MonitorMaterial) throws(NamedValuesError) -> any QueryMonitor {
        try Self.type(named: setting.name).init(values, material)
    }

    private static func type(named name: String) throws(NamedValuesError) -> any QueryMonitor.Type {
        guard let type = catalogue.first(where: { $0.card.id == name }) else {
            throw .unknown(kind: "monitor", name, known: catalogue.map { $0.card.id })
        }
        return type
    }
}
