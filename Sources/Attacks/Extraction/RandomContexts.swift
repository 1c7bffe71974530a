import Models
import RealModule
import Tensors
public import ThreatModel

/// Short random texts, no two alike, after which the logits are read.
public struct RandomContexts: Sendable, Equatable {
    /// The widest hidden layer that the adversary reckons with.
    public var widest: Int
    /// How many; `nil` for `widest` + 64, so that noise shows after the last singular value that is none.
    public var count: Int?
    /// The tokens of each.
    public var length: Int
    /// The most contexts in one request.
    public var batch: Int

    /// Creates a choice of contexts.
    public init(widest: Int = 256, count: Int? = nil, length: Int = 4, batch: Int = 32) {
        precondition(
            widest > 0 && count ?? 1 > 0 && length > 0 && batch > 0,
            "\(count ?? widest) contexts of \(length) in batches of \(batch)")
        (self.widest, self.count, self.length, self.batch) = (widest, count, length, batch)
    }

    /// Creates a choice with `widest` (256), `contexts` (`widest` + 64), `length` (4) and `batch` (32).
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        widest = try settings.integer("widest", in: 1...65_536, default: 256)
        count = try settings.wholeNumber("contexts", in: 2...1_000_000)
        length = try settings.integer("length", in: 1...65_536, default: 4)
        batch = try settings.integer("batch", in: 1...4096, default: 32)
    }

    /// How many there are.
    var number: Int { count ?? widest + 64 }

    /// The contexts for a model, drawn uniformly until none is there twice.
    ///
    /// - Throws: ``ThreatModelError`` when the model reads no text of that length, or there are too few of them.
    func drawn(for card: ServiceCard, _ random: RandomStream) throws(ThreatModelError) -> [[Int32]] {
        guard let vocabulary = card.vocabulary, let context = card.context, vocabulary > 0 else {
            throw .unsupported("vocabulary", family: card.family)
        }
        guard length <= context else {
            throw .mismatch("contexts of \(length) tokens, and the model reads \(context); set 'length' to less")
        }
        // Half of all texts at most, so that the draws come to an end.
        guard Double(number) <= Double.pow(Double(vocabulary), Double(length)) / 2 else {
            throw .mismatch(
                "\(number) contexts of \(length) of \(vocabulary) tokens are too many to be told apart; "
                    + "set 'length' to more or 'contexts' to less")
        }
        var (seen, result, draw) = (Set<[Int32]>(), [[Int32]](), 0)
        while result.count < number {
            let text = (0..<length).map { Int32(random[draw].integer($0) % UInt64(vocabulary)) }
            if seen.insert(text).inserted { result.append(text) }
            draw += 1
        }
        return result
    }

    /// Contexts in groups of the size of a request.
    func requests(_ contexts: [[Int32]]) -> [[[Int32]]] {
        stride(from: 0, to: contexts.count, by: batch).map {
            Array(contexts[$0..<min($0 + batch, contexts.count)])
        }
    }
}

extension AttackSettings {
    /// A whole number in a range, or nothing when it was not written.
    mutating func wholeNumber(_ key: String, in range: ClosedRange<Int>) throws(AttackSettingsError) -> Int? {
        let bounds = Double(range.lowerBound)...Double(range.upperBound)
        return try optionalNumber(key, in: bounds) == nil ? nil : integer(key, in: range, default: range.lowerBound)
    }
}
