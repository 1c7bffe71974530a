/// How a language model reads text: by character, or by byte pairs.
public enum Tokeniser: Sendable, Equatable {
    /// One token per character of normalised text.
    case characters(CharacterTokeniser)
    /// One token per frequent run of bytes, of text as it is.
    case bytePairs(BytePairTokeniser)

    /// The size of the vocabulary.
    public var count: Int {
        switch self {
        case .characters(let tokeniser): tokeniser.count
        case .bytePairs(let tokeniser): tokeniser.count
        }
    }

    /// The most bytes of UTF-8 that one token stands for.
    public var longestToken: Int {
        switch self {
        case .characters: 4
        case .bytePairs(let tokeniser): tokeniser.longestToken
        }
    }

    /// What one token is, in a word: "character" or "token".
    public var unit: String {
        switch self {
        case .characters: "character"
        case .bytePairs: "token"
        }
    }

    /// Returns the tokens of a text, which is normalised by `TextNormaliser` for characters.
    public func encode(_ text: String) -> [Int32] { encode([text])[0] }

    /// Returns the tokens of each text; faster than one by one.
    public func encode(_ texts: [String]) -> [[Int32]] {
        switch self {
        case .characters(let tokeniser): texts.map { tokeniser.encode(TextNormaliser.normalised($0)) }
        case .bytePairs(let tokeniser): tokeniser.encode(texts)
        }
    }

    /// Returns the text of tokens.
    ///
    /// - Throws: `DatasetError.invalid` for a token outside the vocabulary.
    public func decode(_ tokens: some Sequence<Int32>) throws -> String {
        switch self {
        case .characters(let tokeniser): try tokeniser.decode(tokens)
        case .bytePairs(let tokeniser): try tokeniser.decode(tokens)
        }
    }
}

extension Tokeniser: Codable {
    /// Decodes a text of all characters, or a mapping with the merges.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = .characters(try container.decode(CharacterTokeniser.self))
        } catch DecodingError.typeMismatch {
            self = .bytePairs(try container.decode(BytePairTokeniser.self))
        }
    }

    /// Encodes the tokeniser as it stands alone.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .characters(let tokeniser): try container.encode(tokeniser)
        case .bytePairs(let tokeniser): try container.encode(tokeniser)
        }
    }
}
