/// The beginning of a paragraph; the paragraph is the record, and so the privacy unit.
public struct TextParagraph: Sendable, Equatable {
    /// The index of the document in its corpus.
    public let document: Int
    /// The year that the document's name begins with; `nil` when it begins with none.
    public let year: Int?
    /// The whole paragraph, its runs of white space replaced by one space each.
    public let text: String
    /// Its first tokens, exactly as many as the windows are long.
    public let tokens: ArraySlice<Int32>
}

/// One window per paragraph of a corpus, so that records neither overlap nor repeat, and each has the date of its
/// document.
///
/// Paragraphs are what blank lines separate; lines inside one are joined. Paragraphs are kept in the order of the
/// corpus, of equal ones the first.
public struct TextParagraphs: Sendable, Equatable {
    /// The length of every window in tokens.
    public let length: Int
    /// The paragraphs in order.
    public let paragraphs: [TextParagraph]
    /// How many paragraphs had too few characters: headings, salutations, lines of tables.
    public let shortCount: Int
    /// How many were equal to one before them.
    public let duplicateCount: Int
    /// How many had enough characters and too few tokens for a window.
    public let skippedCount: Int

    /// Splits a corpus into paragraphs and encodes the beginning of each.
    ///
    /// - Parameters:
    ///   - corpus: the texts; a name such as 1790-Washington-1.txt dates all paragraphs of its document.
    ///   - length: the length of a window in tokens.
    ///   - minimum: the fewest characters of a paragraph that counts.
    ///   - tokeniser: what makes tokens of the text.
    /// - Throws: `DatasetError.invalid` when the length is below 1 or no paragraph is long enough.
    public init(_ corpus: TextCorpus, length: Int, minimum: Int = 200, by tokeniser: Tokeniser) throws {
        var (seen, found, short): (Set<String>, [(document: Int, text: String)], Int) = ([], [], 0)
        var duplicates = 0
        for (document, content) in corpus.documents.enumerated() {
            for text in TextParagraphs.split(content.text) {
                if text.count < minimum {
                    short += 1
                } else if seen.insert(text).inserted {
                    found.append((document, text))
                } else {
                    duplicates += 1
                }
            }
        }
        let tokens = length < 1 ? [] : tokeniser.encode(found.map(\.text))
        let years = corpus.documents.map { TextParagraphs.year($0.name) }
        paragraphs = zip(found, tokens).filter { $1.count >= length }.map { found, tokens in
            TextParagraph(
                document: found.document, year: years[found.document], text: found.text, tokens: tokens.prefix(length))
        }
        guard !paragraphs.isEmpty else {
            throw DatasetError.invalid(
                what: "paragraphs of \(length) \(tokeniser.unit)s", expected: "at least one that long",
                found: "\(found.count) paragraphs of at least \(minimum) characters")
        }
        self.length = length
        (shortCount, duplicateCount, skippedCount) = (short, duplicates, found.count - paragraphs.count)
    }

    /// The paragraphs of a text, without blank ones.
    static func split(_ text: String) -> [String] {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return lines.split { $0.allSatisfy(\.isWhitespace) }.map { lines in
            lines.flatMap { $0.split(whereSeparator: \.isWhitespace) }.joined(separator: " ")
        }
    }

    /// The year that a document's name begins with: four digits, and no fifth.
    static func year(_ name: String) -> Int? {
        let file = name.split(separator: "/").last ?? ""
        let digits = file.prefix { $0.isASCII && $0.isNumber }
        return digits.count == 4 ? Int(digits) : nil
    }
}
