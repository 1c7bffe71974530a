import Datasets
import Experiments
import Foundation
import Synchronization
import ThreatModel

/// A model with its tokeniser, and what stands between it and each caller.
final class ServedModel: Sendable {
    /// What it is called.
    let id: String
    /// What knows the texts of its tokens.
    let tokeniser: Tokeniser?
    /// The model beneath all that defends it.
    let base: PreparedService
    private let allowsLogits: Bool
    private let protection: Protection
    private let chains = Mutex<[String: any ModelService]>([:])

    /// Serves a model.
    init(
        id: String, _ service: any ModelService, tokeniser: Tokeniser? = nil, allowsLogits: Bool = false,
        protection: Protection = Protection()
    ) {
        (self.id, self.tokeniser, self.allowsLogits, self.protection) = (id, tokeniser, allowsLogits, protection)
        base = PreparedService(service)
    }

    /// Reads a model of a command line: a checkpoint, or a name for it and the checkpoint, as `NAME=FILE`.
    ///
    /// - Throws: an error of one line when it is no checkpoint or its name cannot stand in an address.
    convenience init(
        argument: String, allowsLogits: Bool, protection: (_ saved: SavedModel, _ name: String) throws -> Protection
    ) throws {
        let (name, path) = Self.parts(argument)
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        guard !name.isEmpty, name.count <= 100, isPlain else {
            throw GatewayError(
                "\(argument): expected a name of at most 100 letters, digits, '.', '_' and '-', found '\(name)'; give "
                    + "one as NAME=FILE")
        }
        let saved = try SavedModel(contentsOf: URL(filePath: path))
        let service = LocalService(saved.model, id: name, tokeniser: saved.tokeniser)
        self.init(
            id: name, service, tokeniser: saved.tokeniser, allowsLogits: allowsLogits,
            protection: try protection(saved, name))
    }

    private static func parts(_ argument: String) -> (name: String, path: String) {
        if let mark = argument.firstIndex(of: "="), !argument[..<mark].contains("/") {
            return (String(argument[..<mark]), String(argument[argument.index(after: mark)...]))
        }
        let file = URL(filePath: argument)
        let stem = file.deletingPathExtension().lastPathComponent
        // All artefacts of runs have one name; the folder tells them apart.
        let isArtefact = stem == "model"
        return (isArtefact ? file.deletingLastPathComponent().lastPathComponent : stem, argument)
    }

    /// The service as an account sees it: the same one for all its requests.
    func service(for account: String) -> any ModelService {
        chains.withLock { chains in
            if let known = chains[account] { return known }
            let made = protection.wrapped(base, for: account)
            chains[account] = made
            return made
        }
    }

    /// What its monitors saw, by account.
    var reports: [String: WatchReport] { protection.watches?.reports ?? [:] }

    /// What an account is told of the model.
    ///
    /// - Throws: ``Wire/WireError`` when the service cannot say.
    func card(for account: String) throws(ThreatModelError) -> ServiceCard {
        shown(try service(for: account).card())
    }

    /// What anybody is told of the model: as its defences leave it.
    ///
    /// - Throws: ``ThreatModel/ThreatModelError`` when the service cannot say.
    func card() throws(ThreatModelError) -> ServiceCard {
        // Without monitors, so that nobody is watched who asks nothing.
        let open = Protection(defences: protection.defences)
        return shown(try open.wrapped(base, for: "").card())
    }

    private func shown(_ card: ServiceCard) -> ServiceCard {
        var card = card
        card.id = id
        if !allowsLogits { card.operations.removeAll { $0 == .logits } }
        return card
    }

    /// The text of one token.
    func name(_ token: Int32) -> String {
        // A token of an answer is one of the vocabulary.
        tokeniser.flatMap { try? $0.decode([token]) } ?? "\(token)"
    }
}

/// Why the program does not start: one line, which says what was expected, what was found and what to do.
struct GatewayError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
