/// Data with what a report must say about them.
public struct LoadedDataset<Content: Sendable>: Sendable {
    /// The records.
    public let content: Content
    /// SHA-256 over the names and bytes of the files that were read: part of the keys of everything made from them.
    public let checksum: String
    /// The name in the registry, or the path that the user gave.
    public let id: String
    /// Under which terms the data may be used; `unknown` for the user's own files.
    public let licence: String
    /// Whether this is the smaller stand-in for what was asked for.
    public let isFallback: Bool
}

/// Images with their origin.
public typealias LoadedImages = LoadedDataset<ImageSet>
/// Text with its origin.
public typealias LoadedText = LoadedDataset<TextCorpus>
/// A table with its origin.
public typealias LoadedTable = LoadedDataset<Table>
/// The features of a table with their origin.
public typealias LoadedTabular = LoadedDataset<TabularSet>
