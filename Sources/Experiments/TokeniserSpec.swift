import Datasets

/// Which tokeniser text is read with: `characters`, or `{bpe: 1024}` for so many merges of byte pairs.
public enum TokeniserSpec: Codable, Sendable, Equatable {
    /// One token per character.
    case characters
    /// Byte pairs, learned from the whole text.
    case bytePairs(merges: Int)

    enum CodingKeys: String, CodingKey, CaseIterable { case bpe }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields: Fields<CodingKeys>
        do {
            let name = try decoder.singleValueContainer().decode(String.self)
            guard name == "characters" else {
                throw DecodingError.dataCorrupted(
                    .init(
                        codingPath: decoder.codingPath,
                        debugDescription: "expected characters or {bpe: 1024}, found '\(name)'"))
            }
            self = .characters
            return
        } catch DecodingError.typeMismatch {
            fields = try Fields(decoder, CodingKeys.self)
        }
        self = .bytePairs(merges: try fields.number(.bpe, in: 1...65_280))
    }

    /// Encodes it as it is written.
    public func encode(to encoder: any Encoder) throws {
        guard let merges else {
            var container = encoder.singleValueContainer()
            return try container.encode("characters")
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(merges, forKey: .bpe)
    }

    /// How many merges are learned; `nil` for characters.
    public var merges: Int? {
        switch self {
        case .characters: nil
        case .bytePairs(let merges): merges
        }
    }

    /// Makes the tokeniser of a corpus: members, non-members and population alike, so it tells nothing of membership.
    ///
    /// - Throws: `DatasetError.invalid` when the corpus is empty.
    func trained(on corpus: TextCorpus) throws -> Tokeniser {
        switch self {
        case .characters: .characters(try CharacterTokeniser(corpus: corpus.normalised()))
        case .bytePairs(let merges): .bytePairs(try BytePairTokeniser(corpus: corpus, merges: merges))
        }
    }
}
