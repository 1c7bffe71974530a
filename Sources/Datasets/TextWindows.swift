/// A piece of a document; with a language model it is the record, and so the privacy unit.
public struct TextWindow: Sendable, Equatable {
    /// The index of the document in its corpus.
    public let document: Int
    /// Where the window starts, in tokens.
    public let offset: Int
    /// The tokens, exactly as many as the windows are long.
    public let tokens: ArraySlice<Int32>
}

/// The disjoint windows of a corpus: document after document, from its start; none crosses a document's end.
public struct TextWindows: Sendable, Equatable {
    /// The length of every window in tokens.
    public let length: Int
    /// The windows in order.
    public let windows: [TextWindow]

    /// Encodes a corpus and cuts it; what is left over at the end of a document is dropped.
    ///
    /// - Throws: `DatasetError.invalid` when the length is below 1 or no document is that long.
    public init(_ corpus: TextCorpus, length: Int, by tokeniser: Tokeniser) throws {
        let documents = tokeniser.encode(corpus.documents.map(\.text))
        let found = length < 1 ? [] : documents.enumerated().flatMap { TextWindows.cut($1, $0, length) }
        guard !found.isEmpty else {
            throw DatasetError.invalid(
                what: "windows of \(length) \(tokeniser.unit)s", expected: "at least one document that long",
                found: "\(documents.count) shorter documents")
        }
        (self.length, windows) = (length, found)
    }

    private static func cut(_ tokens: [Int32], _ document: Int, _ length: Int) -> [TextWindow] {
        stride(from: 0, through: tokens.count - length, by: length).map { offset in
            TextWindow(document: document, offset: offset, tokens: tokens[offset..<offset + length])
        }
    }
}
