import Yams

/// What is wrong with a spec, in one line.
public struct SpecError: Error, Equatable, CustomStringConvertible {
    /// Where, what was expected, what was found, what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Any string as a coding key.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A mapping of which every key is known; reading out of range is an error that says where.
struct Fields<Key: CodingKey & CaseIterable> {
    private let container: KeyedDecodingContainer<Key>
    private let all: KeyedDecodingContainer<AnyKey>
    private let path: String

    init(_ decoder: any Decoder, _ keys: Key.Type) throws {
        let known = Key.allCases.map(\.stringValue)
        let path = decoder.codingPath.text
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            let nearest = nearestName(to: key.stringValue, among: known)
            let hint =
                nearest.map { "did you mean '\($0)'?" } ?? "expected one of \(known.sorted().joined(separator: ", "))"
            throw SpecError("\(path.isEmpty ? "" : path + ": ")unknown key '\(key.stringValue)'; \(hint)")
        }
        try self.init(open: decoder, keys)
    }

    /// A mapping with other keys too, which ``others(_:)`` reads.
    init(open decoder: any Decoder, _ keys: Key.Type) throws {
        path = decoder.codingPath.text
        container = try decoder.container(keyedBy: keys)
        all = try decoder.container(keyedBy: AnyKey.self)
    }

    /// What stands under the other keys.
    func others<T: Decodable>(_ type: T.Type) throws -> [String: T] {
        let known = Key.allCases.map(\.stringValue)
        return try all.allKeys.filter { !known.contains($0.stringValue) }.reduce(into: [:]) { others, key in
            others[key.stringValue] = try all.decode(type, forKey: key)
        }
    }

    func required<T: Decodable>(_ key: Key, _ type: T.Type = T.self) throws -> T {
        guard container.contains(key) else { throw SpecError("\(place(key)): required, and missing") }
        return try container.decode(type, forKey: key)
    }

    func optional<T: Decodable>(_ key: Key, _ type: T.Type = T.self) throws -> T? {
        try container.decodeIfPresent(type, forKey: key)
    }

    /// A number within a range; the default when the key is absent.
    func number<T: Decodable & Comparable & CustomStringConvertible>(
        _ key: Key, in range: ClosedRange<T>, default fallback: T? = nil
    ) throws -> T {
        guard let value = try container.decodeIfPresent(T.self, forKey: key) ?? fallback else {
            throw SpecError("\(place(key)): required, and missing; expected \(describe(range))")
        }
        guard range.contains(value) else {
            throw SpecError("\(place(key)): expected \(describe(range)), found \(value)")
        }
        return value
    }

    /// A number within a range, or nothing when the key is absent.
    func optional<T: Decodable & Comparable & CustomStringConvertible>(_ key: Key, in range: ClosedRange<T>) throws
        -> T?
    {
        try container.decodeIfPresent(T.self, forKey: key) == nil ? nil : try number(key, in: range)
    }

    /// A list of numbers within a range; the default, which may be empty, when the key is absent.
    func numbers(_ key: Key, in range: ClosedRange<Int>, default fallback: [Int]? = nil) throws -> [Int] {
        guard let values = try container.decodeIfPresent([Int].self, forKey: key) else {
            guard let fallback else {
                throw SpecError("\(place(key)): required, and missing; expected a list of numbers")
            }
            return fallback
        }
        guard !values.isEmpty, values.allSatisfy(range.contains) else {
            throw SpecError("\(place(key)): expected a list of numbers, each \(describe(range)), found \(values)")
        }
        return values
    }

    /// One of some names; the default when the key is absent.
    func choice(_ key: Key, among known: [String], default fallback: String? = nil) throws -> String {
        try choice(key, among: known.map { ($0, $0) }, default: fallback)
    }

    /// One of an enumeration's cases, by its name; the default when the key is absent.
    func choice<T: RawRepresentable<String> & CaseIterable>(_ key: Key, default fallback: T? = nil) throws -> T {
        try choice(key, among: T.allCases.map { ($0.rawValue, $0) }, default: fallback)
    }

    /// A list of as many numbers, or one number that stands for all of them.
    func numbers(_ key: Key, in range: ClosedRange<Int>, repeated count: Int, default fallback: Int) throws -> [Int] {
        guard container.contains(key) else { return [Int](repeating: fallback, count: count) }
        // What is no number is read as a list, and what is neither is told by that.
        if let value = try? container.decode(Int.self, forKey: key) {
            guard range.contains(value) else {
                throw SpecError("\(place(key)): expected \(describe(range)), found \(value)")
            }
            return [Int](repeating: value, count: count)
        }
        let values = try numbers(key, in: range)
        guard values.count == count else {
            throw SpecError("\(place(key)): expected one number or a list of \(count), found \(values)")
        }
        return values
    }

    /// What a name stands for.
    func choice<T>(_ key: Key, among known: [(name: String, value: T)], default fallback: T? = nil) throws -> T {
        guard let fallback, !container.contains(key) else {
            let name: String = try required(key)
            if let found = known.first(where: { $0.name == name }) { return found.value }
            let names = known.map(\.name)
            let hint = nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw fail(key, "expected one of \(names.joined(separator: ", ")), found '\(name)'\(hint)")
        }
        return fallback
    }

    func fail(_ key: Key, _ message: String) -> SpecError { SpecError("\(place(key)): \(message)") }

    /// An error of the whole mapping.
    func fail(_ message: String) -> SpecError { SpecError(path.isEmpty ? message : "\(path): \(message)") }

    /// An error of one of the other keys, with which the message begins.
    func fail(ofOther message: String) -> SpecError { SpecError(path.isEmpty ? message : "\(path).\(message)") }

    private func place(_ key: Key) -> String { path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)" }

    private func describe<T: CustomStringConvertible>(_ range: ClosedRange<T>) -> String {
        "a number from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension [any CodingKey] {
    /// The path as a person writes it: victims[2].training.epochs.
    fileprivate var text: String {
        reduce("") { path, key in
            if let index = key.intValue { return "\(path)[\(index)]" }
            return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
        }
    }

    /// The path and a colon; nothing for the whole document.
    fileprivate var place: String { isEmpty ? "" : "\(text): " }
}

/// The known name that differs from `name` in the fewest letters, if it differs in few.
public func nearestName(to name: String, among known: [String]) -> String? {
    let ranked = known.map { ($0, editDistance(Array(name), Array($0))) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let (best, distance) = ranked, distance <= max(2, name.count / 3) else { return nil }
    return best
}

/// How many letters must be put in, taken out or changed to make one word of another.
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let substitution = diagonal + (x == y ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}

/// Decodes YAML; every failure is a ``SpecError`` of one line.
func decodeStrictly<T: Decodable>(_ type: T.Type, from yaml: String, name: String) throws -> T {
    do {
        return try YAMLDecoder().decode(type, from: yaml)
    } catch let error as SpecError {
        throw SpecError("\(name): \(error.description)")
    } catch let error as DecodingError {
        throw SpecError("\(name): \(describe(error))")
    } catch {
        throw notYAML(error, name: name)
    }
}

/// What to say of a text that is no YAML.
func notYAML(_ error: any Error, name: String) -> SpecError {
    let line = "\(error)".split(separator: "\n").joined(separator: " ")
    return SpecError("\(name): expected YAML, found something else: \(line)")
}

private func describe(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, let context):
        return "\(context.codingPath.place)expected \(plainName(type)), found another type"
    case .valueNotFound(let type, let context):
        return "\(context.codingPath.place)expected \(plainName(type)), found nothing"
    case .keyNotFound(let key, let context):
        return "\((context.codingPath + [key]).text): required, and missing"
    case .dataCorrupted(let context):
        if let inner = context.underlyingError as? SpecError { return inner.description }
        let detail = context.underlyingError.map { " (\($0))" } ?? ""
        let line = (context.debugDescription + detail).split(separator: "\n").joined(separator: " ")
        return context.codingPath.place + line
    @unknown default:
        return "\(error)".split(separator: "\n").joined(separator: " ")
    }
}

private func plainName(_ type: Any.Type) -> String {
    switch type {
    case is Int.Type, is UInt64.Type: "an integer"
    case is Double.Type, is Float.Type: "a number"
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case _ where "\(type)" == "Scalar": "a single value"
    default: "\(type)".hasPrefix("Array") || "\(type)" == "Sequence" ? "a list" : "a mapping"
    }
}
