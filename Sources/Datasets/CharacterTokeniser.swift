/// Turns text into one number per Unicode scalar, and back.
///
/// Token 0 is the unknown symbol U+FFFD; the known scalars follow, sorted.
public struct CharacterTokeniser: Sendable, Equatable {
    /// The token of everything that the vocabulary does not have.
    public static let unknown: Int32 = 0

    /// The symbols in the order of their tokens.
    public let vocabulary: [Unicode.Scalar]
    private let tokens: [Unicode.Scalar: Int32]

    /// Creates a tokeniser with the scalars of a corpus.
    ///
    /// - Parameters:
    ///   - corpus: the texts.
    ///   - limit: the largest vocabulary, the unknown symbol included; the most frequent scalars are kept, and among
    ///     equally frequent ones the smaller.
    /// - Throws: `DatasetError.invalid` when the corpus is empty or the limit is below 2.
    public init(corpus: TextCorpus, limit: Int = .max) throws {
        var counts: [Unicode.Scalar: Int] = [:]
        for document in corpus.documents {
            for scalar in document.text.unicodeScalars { counts[scalar, default: 0] += 1 }
        }
        counts[TextNormaliser.unknown] = nil
        guard !counts.isEmpty, limit >= 2 else {
            throw DatasetError.invalid(
                what: "a vocabulary", expected: "text and a limit of at least 2 symbols",
                found: "\(counts.count) different symbols and a limit of \(limit)")
        }
        let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit - 1)
        self.init(known: frequent.map(\.key).sorted())
    }

    private init(known: [Unicode.Scalar]) {
        vocabulary = [TextNormaliser.unknown] + known
        tokens = Dictionary(uniqueKeysWithValues: zip(known, 1...))
    }

    /// The size of the vocabulary, the unknown symbol included.
    public var count: Int { vocabulary.count }

    /// Returns one token per scalar of the text; what the vocabulary does not have becomes `unknown`.
    public func encode(_ text: String) -> [Int32] {
        text.unicodeScalars.map { tokens[$0] ?? CharacterTokeniser.unknown }
    }

    /// Returns the text of tokens.
    ///
    /// - Throws: `DatasetError.invalid` for a token outside the vocabulary.
    public func decode(_ tokens: some Sequence<Int32>) throws -> String {
        var scalars = String.UnicodeScalarView()
        for token in tokens {
            guard vocabulary.indices.contains(Int(token)) else {
                throw DatasetError.invalid(what: "a token", expected: "one in 0..<\(count)", found: "\(token)")
            }
            scalars.append(vocabulary[Int(token)])
        }
        return String(scalars)
    }
}

extension CharacterTokeniser: Codable {
    /// Decodes the known scalars, which must be sorted and different.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let known = Array(try container.decode(String.self).unicodeScalars)
        guard !known.isEmpty, zip(known, known.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a vocabulary must be sorted, without repetition, and not empty")
        }
        self.init(known: known)
    }

    /// Encodes the known scalars as one text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        var text = String.UnicodeScalarView()
        text.append(contentsOf: vocabulary.dropFirst())
        try container.encode(String(text))
    }
}
