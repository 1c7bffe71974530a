/// How a user names data: an id of the registry, or a kind and a path.
public enum DatasetReference: Sendable, Equatable {
    /// A registered id.
    case registered(String)
    /// `idx:images[,labels]`.
    case idx(images: String, labels: String?)
    /// `npz:file`.
    case npz(String)
    /// `images:folder`.
    case images(String)
    /// `text:file-or-folder`.
    case text(String)
    /// `csv:file`.
    case csv(String)
    /// `arff:file`.
    case arff(String)

    /// Reads a reference.
    ///
    /// - Throws: `DatasetError.invalid` when the part before the colon is no known kind, or the path is empty.
    public init(_ reference: String) throws {
        guard let colon = reference.firstIndex(of: ":") else {
            self = .registered(reference)
            return
        }
        let path = String(reference[reference.index(after: colon)...])
        let parts = path.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let isPair = parts.count <= 2 && !parts.contains("")
        switch (reference[..<colon], path.isEmpty) {
        case ("idx", false) where isPair: self = .idx(images: parts[0], labels: parts.count == 2 ? parts[1] : nil)
        case ("npz", false): self = .npz(path)
        case ("images", false): self = .images(path)
        case ("text", false): self = .text(path)
        case ("csv", false): self = .csv(path)
        case ("arff", false): self = .arff(path)
        default:
            throw DatasetError.invalid(
                what: "a data set",
                expected: "an id, idx:IMAGES[,LABELS], npz:, images:, text:, csv: or arff: and a path",
                found: "'\(reference)'")
        }
    }
}
