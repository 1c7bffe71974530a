/// Turns text into tokens of one or more bytes, and back: byte-level byte-pair encoding, trained here.
///
/// Tokens 0…255 are the bytes, so there is no unknown symbol: all text, and all bytes, come back exactly. Token 256 + i
/// joins the two tokens of merge i. Pairs are merged within words, numbers are one token per digit (see `PreTokeniser`).
///
/// - Privacy: the merges are learned from the corpus and tell of it: frequent words stand in them as they are. Differential
///   privacy of a model's training does not cover them; train them on public text, or state that.
/// - Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", ACL 2016; on
///   bytes as in Radford et al., "Language models are unsupervised multitask learners", 2019.
public struct BytePairTokeniser: Sendable, Equatable {
    /// The bytes of each token.
    private let contents: [[UInt8]]
    let merges: [TokenPair]
    private let ranks: [TokenPair: Int32]

    /// Learns merges from a corpus, the most frequent pair first; ties go to the smaller left token, then right one.
    ///
    /// Ends early when no pair comes twice: `mergeCount` says how many were made.
    ///
    /// - Parameters:
    ///   - corpus: the texts.
    ///   - limit: how many merges at most.
    /// - Throws: `DatasetError.invalid` when the corpus is empty or the limit is below 1.
    public init(corpus: TextCorpus, merges limit: Int) throws {
        let size = corpus.documents.reduce(0) { $0 + $1.text.utf8.count }
        guard size > 0, limit >= 1 else {
            throw DatasetError.invalid(
                what: "byte pairs", expected: "text and a limit of at least 1 merge",
                found: "\(size) bytes and a limit of \(limit)")
        }
        var trainer = BytePairTrainer(corpus)
        self.init(merges: trainer.merges(limit: limit))
    }

    private init(merges: [TokenPair]) {
        self.merges = merges
        var contents = (0...255).map { [UInt8($0)] }
        for pair in merges { contents.append(contents[Int(pair.left)] + contents[Int(pair.right)]) }
        self.contents = contents
        ranks = Dictionary(uniqueKeysWithValues: zip(merges, 256...))
    }

    /// The size of the vocabulary: 256 bytes and one token per merge.
    public var count: Int { contents.count }

    /// The bytes of the longest token.
    public var longestToken: Int { contents.reduce(1) { max($0, $1.count) } }

    /// How many merges were made.
    public var mergeCount: Int { merges.count }

    /// Returns the tokens of each text.
    ///
    /// - Complexity: O(bytes); a word is encoded where it first comes and looked up after that.
    public func encode(_ texts: [String]) -> [[Int32]] { encode(texts.map { Array($0.utf8) }) }

    /// Returns the tokens of each run of bytes, which need not be UTF-8.
    public func encode(_ texts: [[UInt8]]) -> [[Int32]] {
        var encoder = BytePairEncoder(ranks)
        return texts.map { encoder.encode($0) }
    }

    /// Returns the bytes of tokens.
    ///
    /// - Throws: `DatasetError.invalid` for a token outside the vocabulary.
    public func bytes(of tokens: some Sequence<Int32>) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens {
            guard contents.indices.contains(Int(token)) else {
                throw DatasetError.invalid(what: "a token", expected: "one in 0..<\(count)", found: "\(token)")
            }
            bytes += contents[Int(token)]
        }
        return bytes
    }

    /// Returns the text of tokens; where the first or last of them cut a character in two, U+FFFD stands for the part.
    ///
    /// - Throws: `DatasetError.invalid` for a token outside the vocabulary.
    public func decode(_ tokens: some Sequence<Int32>) throws -> String {
        String(decoding: try bytes(of: tokens), as: UTF8.self)
    }
}

extension BytePairTokeniser: Codable {
    private enum CodingKeys: CodingKey { case merges }

    /// Decodes the merges, each of which must join two tokens before it to a new one that fits a word.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        var tokens = Dictionary(uniqueKeysWithValues: zip(ByteAlphabet.letters.map { String($0) }, Int32(0)...))
        var merges: [TokenPair] = []
        for line in try container.decode([String].self, forKey: .merges) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let left = tokens[parts[0]], let right = tokens[parts[1]],
                line.unicodeScalars.count <= PreTokeniser.longestPiece + 1,
                tokens.updateValue(Int32(tokens.count), forKey: parts[0] + parts[1]) == nil
            else {
                throw DecodingError.dataCorruptedError(
                    forKey: .merges, in: container,
                    debugDescription:
                        "merge \(merges.count), '\(line)', must join two earlier tokens to a new short one")
            }
            merges.append(TokenPair(left, right))
        }
        self.init(merges: merges)
    }

    /// Encodes the merges, each as its two tokens with a space between; bytes that cannot be printed stand as in GPT-2's
    /// vocabulary, a space as "Ġ".
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func text(_ token: Int32) -> String { ByteAlphabet.text(contents[Int(token)]) }
        try container.encode(merges.map { "\(text($0.left)) \(text($0.right))" }, forKey: .merges)
    }
}

/// A printable letter for each byte: itself where Latin-1 prints it, else one from U+0100 on, in order.
private enum ByteAlphabet {
    static let letters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            let isPrintable = (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174
            defer { next += isPrintable ? 0 : 1 }
            return isPrintable ? Unicode.Scalar(byte) : Unicode.Scalar(next) ?? "\u{FFFD}"
        }
    }()

    static func text(_ bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(letters[Int(byte)]) }
        return String(text)
    }
}
