/// What is wrong with a file of another framework or with the question put to it.
public enum ForeignFileError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(path: String, reason: String)
    /// The file is no safetensors file.
    case malformed(path: String, reason: String)
    /// The metadata does not say what the numbers are.
    case missingSignal
    /// The metadata names a signal that is not known.
    case unknownSignal(String)
    /// The attack needs losses, and the metadata names another signal.
    case notALoss(String, attack: String)
    /// An array that belongs to another one is not there.
    case unpaired(String, with: String)
    /// An array has another shape than the others demand.
    case shape(String, expected: String, found: [Int])
    /// An array has a value that it must not have.
    case value(String, index: Int, found: Double, expected: String)
    /// A row of probabilities that is no distribution.
    case sum(String, row: Int, found: Double)
    /// The attack needs an array that the file does not have.
    case needed(String, attack: String)
    /// A confidence of 0 or 1 has no finite logarithm or logit.
    case saturated(String, index: Int, value: Double, attack: String)
    /// No attack has that identifier.
    case unknownAttack(String, known: [String])
    /// The attack asks or trains models.
    case needsModel(String)
    /// A setting of how a model is asked.
    case settled(String, attack: String)
    /// A false-positive rate outside [0, 1).
    case rate(Double)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason) Check the path and its permissions"
        case .malformed(let path, let reason): "\(path): \(reason); write it again with safetensors' save_file"
        case .missingSignal:
            "expected the metadata 'signal', found none; write one of \(Self.kinds) into the file's metadata"
        case .unknownSignal(let name):
            "expected the signal to be one of \(Self.kinds), found '\(name)'; change metadata"
        case .notALoss(let name, let attack):
            "\(attack) needs losses, and the metadata say that 'target' is \(name); export token_log_probabilities, or "
                + "losses with the signal loss or token-loss"
        case .unpaired(let name, let other): "found '\(name)' without '\(other)'; export both or neither"
        case .shape(let name, let expected, let found):
            "array '\(name)': expected the shape \(expected), found \(found); export the same records in the same order"
        case .value(let name, let index, let found, let expected):
            "array '\(name)': expected \(expected), found \(found) at element \(index); correct the export"
        case .sum(let name, let row, let found):
            "array '\(name)': expected rows that sum to 1, found \(found) in row \(row); export them after the softmax"
        case .needed(let name, let attack):
            "\(attack) needs the array '\(name)', and the file has none; export it or take another attack"
        case .saturated(let name, let index, let value, let attack):
            "array '\(name)': \(attack) needs confidences with a finite logarithm, found \(value) at element \(index); "
                + "export logit-confidence, computed from the logits, instead"
        case .unknownAttack(let id, let known):
            "no attack on a file is called '\(id)'; the nearest known is \(known.first ?? "none"), "
                + "then \(known.dropFirst().joined(separator: ", "))"
        case .needsModel(let id):
            "\(id) asks or trains models while it plays, which no file can answer; play it with penumbra run"
        case .settled(let key, let attack):
            "\(key): the arrays that \(attack) reads from a file have settled it; remove the setting"
        case .rate(let value): "expected a false-positive rate in [0, 1), found \(value); try 0.01"
        }
    }

    private static let kinds = ForeignSignals.Kind.names.joined(separator: ", ")
}
