/// A name with numbers, as a command line and a spec write it: `rounding=2`, `reverse-sigmoid=0.7,0.2`, `labels-only`.
///
/// In a spec it is a word, or a mapping of one key to a number or a list of numbers.
public struct NamedValues: Sendable, Equatable, CustomStringConvertible {
    /// The name.
    public var name: String
    /// The numbers, in the order in which they were written.
    public var values: [Double]

    /// Creates a name with numbers.
    public init(_ name: String, _ values: [Double] = []) { (self.name, self.values) = (name, values) }

    /// Reads `NAME[=VALUE[,VALUE]]`.
    ///
    /// - Throws: ``NamedValuesError/form(_:)`` when what follows the equals sign is no list of finite numbers.
    public init(parsing text: String) throws(NamedValuesError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        values = []
        guard !name.isEmpty else { throw .form(text) }
        guard parts.count == 2 else { return }
        for part in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = Double(part), value.isFinite else { throw .form(text) }
            values.append(value)
        }
    }

    /// As a command line writes it.
    public var description: String {
        values.isEmpty ? name : "\(name)=\(values.map(Self.text).joined(separator: ","))"
    }

    static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}

extension NamedValues: Codable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a word or a mapping of one key.
    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            do {
                try self.init(parsing: text)
            } catch {
                throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
            }
            return
        }
        let container = try decoder.container(keyedBy: Key.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            let found = container.allKeys.map(\.stringValue).sorted().joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected a word or one key with its numbers, found the keys '\(found)'"))
        }
        if let value = try? container.decode(Double.self, forKey: key) {
            self.init(key.stringValue, [value])
        } else {
            self.init(key.stringValue, try container.decode([Double].self, forKey: key))
        }
    }

    /// Writes a word where there are no numbers, else a mapping of one key.
    public func encode(to encoder: any Encoder) throws {
        if values.isEmpty {
            var container = encoder.singleValueContainer()
            return try container.encode(name)
        }
        var container = encoder.container(keyedBy: Key.self)
        let key = Key(stringValue: name)
        if values.count == 1 {
            try container.encode(values[0], forKey: key)
        } else {
            try container.encode(values, forKey: key)
        }
    }
}

/// A number that a defence or a monitor is set by.
public struct ValueCard: Codable, Sendable, Equatable {
    /// What it is called.
    public var name: String
    /// The smallest that is allowed.
    public var least: Double
    /// The largest that is allowed.
    public var most: Double
    /// Whether it is a whole number.
    public var isWhole: Bool
    /// What it is where it is not written; `nil` where it must be.
    public var fallback: Double?

    /// Creates a card.
    public init(
        _ name: String, _ range: ClosedRange<Double>, isWhole: Bool = false, fallback: Double? = nil
    ) {
        (self.name, least, most) = (name, range.lowerBound, range.upperBound)
        (self.isWhole, self.fallback) = (isWhole, fallback)
    }

    /// Its range in words.
    public var expectation: String {
        let kind = isWhole ? "a whole number" : "a number"
        let range = "\(name): \(kind) from \(NamedValues.text(least)) to \(NamedValues.text(most))"
        return fallback.map { "\(range) (default \(NamedValues.text($0)))" } ?? range
    }

    func allows(_ value: Double) -> Bool {
        value >= least && value <= most && (!isWhole || Int(exactly: value) != nil)
    }
}

/// What is wrong with the name or the numbers of a defence or a monitor.
public enum NamedValuesError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It is not written as `NAME[=VALUE[,VALUE]]`.
    case form(String)
    /// Nothing has that name.
    case unknown(kind: String, String, known: [String])
    /// Numbers that are missing, too many or out of range.
    case values(String, expected: [String], found: String)
    /// Something that it needs to know was not given, or too little of it.
    case missing(String, what: String)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .form(let text): "expected NAME or NAME=NUMBER[,NUMBER], found '\(text)'; correct it"
        case .unknown(let kind, let name, let known):
            "unknown \(kind) '\(name)'; expected one of \(known.joined(separator: ", ")) (penumbra defences lists them)"
        case .values(let name, let expected, let found):
            expected.isEmpty
                ? "\(name): expected no number, found \(found); remove it"
                : "\(name): expected \(expected.joined(separator: "; ")), found \(found); correct it"
        case .missing(let name, let what): "\(name) needs \(what); give it, or leave \(name) out"
        }
    }
}

extension NamedValues {
    /// The numbers, with those that are not written as the cards have them.
    ///
    /// - Throws: ``NamedValuesError/values(_:expected:found:)``.
    func completed(by cards: [ValueCard]) throws(NamedValuesError) -> [Double] {
        var result = values
        for card in cards.dropFirst(values.count) {
            guard let fallback = card.fallback else { break }
            result.append(fallback)
        }
        guard result.count == cards.count, zip(cards, result).allSatisfy({ $0.allows($1) }) else {
            let found = values.isEmpty ? "none" : values.map(Self.text).joined(separator: ",")
            throw .values(name, expected: cards.map(\.expectation), found: found)
        }
        return result
    }
}
