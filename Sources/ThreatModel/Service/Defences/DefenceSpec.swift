/// A defence by its name and its numbers, checked against its card.
///
/// On a command line `NAME[=VALUE[,VALUE]]`; in a spec a word, such as `labels-only`, or a mapping of one key, such as
/// `rounding: 2` or `reverse-sigmoid: [0.7, 0.2]`.
public struct DefenceSpec: Codable, Sendable, Equatable, CustomStringConvertible {
    /// The name, and the numbers that are written.
    public let setting: NamedValues
    private let values: [Double]

    /// Every defence there is.
    public static let catalogue: [any OutputDefence.Type] = [
        Rounding.self, ProbabilityRounding.self, TopK.self, HardLabels.self, OutputNoise.self, ReverseSigmoid.self,
        TemperatureScaling.self,
        LogitBiasOff.self, MemFree.self,
    ]

    /// What the catalogue says of each.
    public static var cards: [DefenceCard] { catalogue.map { $0.card } }

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

    /// The defence.
    ///
    /// - Throws: ``NamedValuesError/missing(_:what:)`` when the material lacks something.
    public func defence(_ material: DefenceMaterial) throws(NamedValuesError) -> any OutputDefence {
        try Self.type(named: setting.name).init(values, material)
    }

    private static func type(named name: String) throws(NamedValuesError) -> any OutputDefence.Type {
        guard let type = catalogue.first(where: { $0.card.id == name }) else {
            throw .unknown(kind: "defence", name, known: catalogue.map { $0.card.id })
        }
        return type
    }
}
