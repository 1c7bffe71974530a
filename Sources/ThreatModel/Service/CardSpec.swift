/// What the entries of the catalogues of defences and monitors have in common.
public protocol ProtectionCard: Codable, Sendable, Equatable {
    /// What such entries are called in an error.
    static var kind: String { get }
    /// All of them.
    static var all: [Self] { get }
    /// The name in specs and on the command line.
    var id: String { get }
    /// The numbers that it is set by.
    var values: [ValueCard] { get }
}

/// A defence or a monitor by its name and its numbers, checked against its card.
///
/// On a command line `NAME[=VALUE[,VALUE]]`; in a spec a word, such as `labels-only`, or a mapping of one key, such as
/// `rounding: 2` or `reverse-sigmoid: [0.7, 0.2]`.
public struct CardSpec<Card: ProtectionCard>: Codable, Sendable, Equatable, CustomStringConvertible {
    /// The name, and the numbers that are written.
    public let setting: NamedValues
    /// The entry in the catalogue.
    public let card: Card
    /// One number per entry of the card.
    let values: [Double]

    /// What the catalogue says of each.
    public static var cards: [Card] { Card.all }

    /// Checks a name and its numbers.
    ///
    /// - Throws: ``NamedValuesError``.
    public init(_ setting: NamedValues) throws(NamedValuesError) {
        guard let card = Card.all.first(where: { $0.id == setting.name }) else {
            throw .unknown(kind: Card.kind, setting.name, known: Card.all.map(\.id))
        }
        (self.setting, self.card, values) = (setting, card, try setting.completed(by: card.values))
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
}
