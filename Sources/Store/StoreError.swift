/// What can go wrong in the artefact store; each description is one line with the remedy.
public enum StoreError: Error, Equatable, CustomStringConvertible {
    /// A file or directory could not be written.
    case writeFailed(path: String, reason: String)
    /// A file or directory could not be read.
    case readFailed(path: String, reason: String)
    /// A stage's name can't be a directory name.
    case invalidStage(String)
    /// A text is not a key.
    case invalidKey(String)
    /// A value can't be turned into canonical JSON.
    case unencodable(type: String, reason: String)
    /// A stage wrote something that an artefact can't hold.
    case unstorable(path: String, reason: String)
    /// An artefact has no file of that name.
    case noSuchFile(name: String, artefact: String, present: [String])

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .writeFailed(let path, let reason):
            "cannot write \(path): \(reason); free some space or give a writable directory with --runs"
        case .readFailed(let path, let reason):
            "cannot read \(path): \(reason); check that it exists and that you may read it"
        case .invalidStage(let name):
            "a stage's name must be letters, digits, '-' or '_', but found '\(name)'; rename the stage"
        case .invalidKey(let text):
            "a key must be 64 lower-case hexadecimal digits, but found '\(text)'; use the key that the store printed"
        case .unencodable(let type, let reason):
            "cannot make a key of \(type): \(reason); use finite numbers and Codable values only"
        case .unstorable(let path, let reason):
            "cannot store \(path): \(reason); write plain files only, and none called \(Manifest.fileName)"
        case .noSuchFile(let name, let artefact, let present):
            "expected the file \(name) in \(artefact), but it holds \(present.joined(separator: ", ")); "
                + "delete that directory to compute the stage again"
        }
    }
}
