/// What the registry knows about one data set.
public struct DatasetEntry: Codable, Sendable, Equatable {
    /// What its records are.
    public enum Kind: String, Codable, Sendable {
        /// Grey images with labels.
        case images
        /// Documents.
        case text
        /// Rows of a table.
        case table
    }

    /// Where its folder lies.
    public enum Place: String, Codable, Sendable {
        /// `path` is absolute: a package of the operating system.
        case system
        /// `path` is below the cache: `$PENUMBRA_DATA`, or `~/.cache/penumbra`.
        case cache
        /// `path` is below Penumbra's own folder: committed data.
        case repository
    }

    /// A pair of files in the format IDX, or one `.csv` or `.csv.gz` as `ImageTable` reads it.
    public struct Part: Codable, Sendable, Equatable {
        /// The file with the images.
        public let images: String
        /// The file with the labels; nil where the images' file holds them.
        public let labels: String?
    }

    /// The short name.
    public let id: String
    /// What its records are.
    public let kind: Kind
    /// One line for people.
    public let title: String
    /// Under which terms it may be used.
    public let licence: String
    /// Where it comes from.
    public let source: String
    /// How to get it, as an instruction.
    public let remedy: String
    /// Where its folder lies.
    public let place: Place
    /// The folder, absolute or relative to the place.
    public let path: String
    /// SHA-256 of what `sha256sum FILE… | sha256sum` prints in the folder, over all its files.
    public let checksum: String
    /// File → SHA-256, where the files are few.
    public let files: [String: String]?
    /// Split → its parts, for images in few files; a folder of image files has none.
    public let splits: [String: [Part]]?
    /// The names of the classes, in the order of the labels.
    public let classNames: [String]?
    /// How to read a table.
    public let table: TableLayout?
    /// The smaller data set that may stand in.
    public let fallback: String?

    /// How the names of its files end, where the files are many.
    var extensions: Set<String> { kind == .images ? ImageFolder.extensions : ["txt", "csv"] }
}
