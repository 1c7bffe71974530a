/// How the files of a registered table are read, and which of its columns are features.
public struct TableLayout: Codable, Sendable, Equatable {
    /// Split → its files, which are read one after another; one split is `all`.
    ///
    /// A file whose name ends in `.arff` is ARFF, all others are comma-separated.
    public let splits: [String: [String]]
    /// The columns' names, for comma-separated files without a header line.
    public let header: [String]?
    /// What lines that are no rows begin with, in files without a header line.
    public let comment: String?
    /// The column that holds the classes.
    public let label: String?
    /// What follows the labels in some of the files, and is not part of them.
    public let labelEnding: String?
    /// The columns that are no features.
    public let dropped: [String]?
}
