/// Texts by name, in a fixed order.
public struct TextCorpus: Sendable, Equatable {
    /// One text.
    public struct Document: Sendable, Equatable {
        /// What it is called, such as its file's path in the folder.
        public let name: String
        /// Its content.
        public let text: String

        /// Creates a document.
        public init(name: String, text: String) { (self.name, self.text) = (name, text) }

        /// Who wrote it, as far as its name tells: the outermost folder it lies in, or else what follows the year, as
        /// in 1790-Washington-1.txt; `nil` when it tells neither.
        public var author: String? {
            let parts = name.split(separator: "/")
            if parts.count > 1 { return String(parts[0]) }
            let words = name.prefix { $0 != "." }.split(separator: "-")
            guard TextParagraphs.year(name) != nil, words.count > 1 else { return nil }
            return String(words[1])
        }
    }

    /// The texts.
    public let documents: [Document]

    /// Creates a corpus.
    public init(documents: [Document]) { self.documents = documents }

    /// Returns the corpus with every text normalised by `TextNormaliser`.
    public func normalised() -> TextCorpus {
        TextCorpus(documents: documents.map { Document(name: $0.name, text: TextNormaliser.normalised($0.text)) })
    }
}
