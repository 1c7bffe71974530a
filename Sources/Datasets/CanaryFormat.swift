/// A sentence with a run of `#` for random decimal digits, such as `the access code is ######`.
public struct CanaryFormat: Sendable, Hashable {
    /// The sentence with its placeholders.
    public let pattern: String
    /// How many digits are secret.
    public let digits: Int
    private let prefix: String
    private let suffix: String

    /// Creates a format.
    ///
    /// - Throws: `DatasetError.invalid` unless the pattern has exactly one run of 1…18 `#`.
    public init(_ pattern: String) throws {
        let prefix = pattern.prefix { $0 != "#" }
        let run = pattern.dropFirst(prefix.count).prefix { $0 == "#" }
        let suffix = pattern.dropFirst(prefix.count + run.count)
        guard (1...18).contains(run.count), !suffix.contains("#") else {
            throw DatasetError.invalid(
                what: "a canary's format", expected: "one run of 1 to 18 '#'", found: "'\(pattern)'")
        }
        self.pattern = pattern
        (digits, self.prefix, self.suffix) = (run.count, String(prefix), String(suffix))
    }

    /// |R|, the number of different canaries: ten to the power of the digits.
    public var spaceSize: UInt64 { (0..<digits).reduce(1) { size, _ in size * 10 } }

    /// All canaries of the space in ascending order, made as they are asked for.
    public var all: some Sequence<Canary> { (0..<spaceSize).lazy.map { canary($0) } }

    /// Returns the canary with the given secret, padded with zeros on the left.
    ///
    /// - Precondition: `number` is below `spaceSize`.
    public func canary(_ number: UInt64) -> Canary {
        precondition(number < spaceSize, "the secret \(number) is not below \(spaceSize)")
        let text = String(number)
        return Canary(
            number: number, text: prefix + String(repeating: "0", count: digits - text.count) + text + suffix)
    }

    /// Draws different canaries uniformly from the space.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - excluding: canaries that must not be drawn, such as the planted ones when their alternatives are drawn.
    ///   - random: 64 uniform bits for each address 0, 1, 2…; the same function gives the same canaries.
    /// - Returns: the canaries in the order in which they were drawn.
    /// - Throws: `DatasetError.invalid` when the space has not enough canaries.
    public func canaries(
        count: Int, excluding: some Collection<Canary> = [], random: (Int) -> UInt64
    ) throws -> [Canary] {
        var taken = Set(excluding.map(\.number))
        guard count >= 0, UInt64(count) <= spaceSize - min(UInt64(taken.count), spaceSize) else {
            throw DatasetError.invalid(
                what: "canaries like '\(pattern)'", expected: "at most \(spaceSize) in all",
                found: "\(count) wanted and \(taken.count) excluded")
        }
        var (drawn, attempt): ([Canary], Int) = ([], 0)
        while drawn.count < count {
            let number = secret(attempt, random)
            attempt += 1
            if taken.insert(number).inserted { drawn.append(canary(number)) }
        }
        return drawn
    }

    /// Makes a secret from one address per digit; a remainder by ten is biased by less than 2⁻⁶⁰.
    private func secret(_ attempt: Int, _ random: (Int) -> UInt64) -> UInt64 {
        (0..<digits).reduce(0) { $0 * 10 + random(attempt * digits + $1) % 10 }
    }
}

extension CanaryFormat: Codable {
    /// Decodes the pattern and checks it.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the pattern.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(pattern)
    }
}
