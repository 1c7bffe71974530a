/// What a spec or a command line says of an attack, beside its name: numbers, words and lists by key.
///
/// An attack takes out what it knows, with a range and a default; whatever is left then is an error that names the
/// nearest key. So settings need no type of their own per attack, and a misspelling is never ignored.
public struct AttackSettings: Codable, Sendable, Equatable {
    /// One setting as it was written.
    public enum Value: Codable, Sendable, Equatable, CustomStringConvertible {
        /// A number, whole or not.
        case number(Double)
        /// A list of numbers.
        case numbers([Double])
        /// A word.
        case word(String)
        /// Yes or no.
        case flag(Bool)

        /// As one would write it.
        public var description: String {
            switch self {
            case .number(let value): Self.text(value)
            case .numbers(let values): "[\(values.map(Self.text).joined(separator: ", "))]"
            case .word(let word): word
            case .flag(let flag): "\(flag)"
            }
        }

        private static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

        /// Reads a bare value.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            // Each form is tried in turn; what is none of them is told by the last.
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let numbers = try? container.decode([Double].self) {
                self = .numbers(numbers)
            } else {
                self = .word(try container.decode(String.self))
            }
        }

        /// Reads what follows the equals sign on a command line.
        public init(_ text: String) {
            let parts = text.split(separator: ",").map { Double($0.trimmingPrefix(while: \.isWhitespace)) }
            if text == "true" || text == "false" {
                self = .flag(text == "true")
            } else if let number = Double(text) {
                self = .number(number)
            } else if parts.count > 1, !parts.contains(nil) {
                self = .numbers(parts.compactMap(\.self))
            } else {
                self = .word(text)
            }
        }

        /// Writes a bare value.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let value): try container.encode(value)
            case .numbers(let values): try container.encode(values)
            case .word(let word): try container.encode(word)
            case .flag(let flag): try container.encode(flag)
            }
        }
    }

    /// What was written, by key.
    public private(set) var values: [String: Value]
    /// What was asked for, with the value that holds, defaults included.
    public private(set) var resolved: [String: Value] = [:]
    /// What was asked for and may be absent.
    private var optional: Set<String> = []

    /// Takes over what was written.
    public init(_ values: [String: Value] = [:]) { self.values = values }

    /// Reads a mapping.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([String: Value].self))
    }

    /// Writes the mapping as it was written.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    /// A number in a range.
    public mutating func number(
        _ key: String, in range: ClosedRange<Double>, default fallback: Double
    ) throws(AttackSettingsError) -> Double {
        let value = take(key, .number(fallback))
        guard case .number(let number) = value, range.contains(number) else {
            throw .value(key, expected: "a number from \(range.lowerBound) to \(range.upperBound)", found: value)
        }
        return number
    }

    /// A number in a range, or nothing when it was not written.
    public mutating func optionalNumber(
        _ key: String, in range: ClosedRange<Double>
    ) throws(AttackSettingsError) -> Double? {
        guard values[key] != nil else {
            optional.insert(key)
            return nil
        }
        return try number(key, in: range, default: range.lowerBound)
    }

    /// A whole number in a range.
    public mutating func integer(
        _ key: String, in range: ClosedRange<Int>, default fallback: Int
    ) throws(AttackSettingsError) -> Int {
        let value = take(key, .number(Double(fallback)))
        guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) else {
            throw .value(
                key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", found: value)
        }
        return whole
    }

    /// A list of whole numbers in a range; one number stands for a list of one.
    public mutating func integers(
        _ key: String, in range: ClosedRange<Int>, default fallback: [Int]
    ) throws(AttackSettingsError) -> [Int] {
        let value = take(key, .numbers(fallback.map(Double.init)))
        var found: [Double] = []
        if case .numbers(let numbers) = value { found = numbers }
        if case .number(let number) = value { found = [number] }
        let whole = found.compactMap { Int(exactly: $0) }
        guard !whole.isEmpty, whole.count == found.count, whole.allSatisfy(range.contains) else {
            throw .value(
                key, expected: "whole numbers from \(range.lowerBound) to \(range.upperBound)", found: value)
        }
        return whole
    }

    /// Yes or no.
    public mutating func flag(_ key: String, default fallback: Bool) throws(AttackSettingsError) -> Bool {
        let value = take(key, .flag(fallback))
        guard case .flag(let flag) = value else { throw .value(key, expected: "true or false", found: value) }
        return flag
    }

    /// One of an enumeration's cases, by its name.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws(AttackSettingsError) -> Choice {
        let value = take(key, .word(fallback.rawValue))
        guard case .word(let word) = value, let choice = Choice(rawValue: word) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .value(key, expected: "one of \(known)", found: value)
        }
        return choice
    }

    /// Refuses what nobody asked for.
    public func finish(_ attack: String) throws(AttackSettingsError) {
        if let key = values.keys.filter({ resolved[$0] == nil }).min() {
            throw .unknown(key, attack: attack, known: optional.union(resolved.keys).sorted())
        }
    }

    private mutating func take(_ key: String, _ fallback: Value) -> Value {
        let value = values[key] ?? fallback
        resolved[key] = value
        return value
    }
}

/// What is wrong with an attack's settings.
public enum AttackSettingsError: Error, Equatable, CustomStringConvertible {
    /// A value of another kind or out of range.
    case value(String, expected: String, found: AttackSettings.Value)
    /// A key that the attack does not have.
    case unknown(String, attack: String, known: [String])

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .value(let key, let expected, let found): "\(key): expected \(expected), found \(found); correct it"
        case .unknown(let key, let attack, let known):
            known.isEmpty
                ? "unknown key '\(key)': \(attack) has no settings; remove it"
                : "unknown key '\(key)' of \(attack); expected one of \(known.joined(separator: ", "))"
        }
    }
}
