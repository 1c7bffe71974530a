/// What can go wrong with data; each description is one line with the remedy.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
    /// A file or folder can't be read.
    case unreadable(path: String, reason: String)
    /// A file's content is not what it should be.
    case malformed(path: String, expected: String, found: String)
    /// A registered data set is not on this machine.
    case missing(id: String, path: String, remedy: String)
    /// No data set has that name.
    case unknown(id: String, known: [String])
    /// A registered file is not the one that the registry knows.
    case checksumMismatch(path: String, expected: String, found: String)
    /// The folder with the committed data sets was not found.
    case noRepository(start: String)
    /// A value given by the caller does not fit the data.
    case invalid(what: String, expected: String, found: String)

    /// One line: what was expected, what was found, what to do.
    public var description: String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }

    private var text: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read \(path): \(reason); check that it exists and that you may read it"
        case .malformed(let path, let expected, let found):
            "\(path): expected \(expected), but found \(found); check the file or fetch it again"
        case .missing(let id, let path, let remedy):
            "the data set \(id) is not at \(path); \(remedy)"
        case .unknown(let id, let known):
            "no data set is called '\(id)'; use one of \(known.joined(separator: ", ")), or a path such as npz:/path"
        case .checksumMismatch(let path, let expected, let found):
            "\(path): expected the checksum \(expected), but found \(found); remove it and fetch it again"
        case .noRepository(let start):
            "no folder above \(start) holds datasets/registry.json; set PENUMBRA_ROOT to Penumbra's own folder"
        case .invalid(let what, let expected, let found):
            "\(what): expected \(expected), but found \(found)"
        }
    }
}
