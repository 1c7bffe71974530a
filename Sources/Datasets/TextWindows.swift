/// A piece of a document; with a language model it is the record, and so the privacy unit.
public struct TextWindow: Sendable, Equatable {
    /// The index of the document in its corpus.
    public let document: Int
    /// Where the window starts, in Unicode scalars.
    public let offset: Int
    /// The text, exactly as many scalars as the windows are long.
    public let text: String
}

/// The disjoint windows of a corpus: document after document, from its start; none crosses a document's end.
public struct TextWindows: Sendable, Equatable {
    /// The length of every window in Unicode scalars.
    public let length: Int
    /// The windows in order.
    public let windows: [TextWindow]

    /// Cuts a corpus; what is left over at the end of a document is dropped.
    ///
    /// - Throws: `DatasetError.invalid` when the length is below 1 or no document is that long.
    public init(_ corpus: TextCorpus, length: Int) throws {
        let found = length < 1 ? [] : corpus.documents.enumerated().flatMap { TextWindows.cut($1.text, $0, length) }
        guard !found.isEmpty else {
            throw DatasetError.invalid(
                what: "windows of \(length) characters", expected: "at least one document that long",
                found: "\(corpus.documents.count) shorter documents")
        }
        (self.length, windows) = (length, found)
    }

    private static func cut(_ text: String, _ document: Int, _ length: Int) -> [TextWindow] {
        let scalars = Array(text.unicodeScalars)
        return stride(from: 0, through: scalars.count - length, by: length).map { offset in
            var piece = String.UnicodeScalarView()
            piece.append(contentsOf: scalars[offset..<offset + length])
            return TextWindow(document: document, offset: offset, text: String(piece))
        }
    }
}
