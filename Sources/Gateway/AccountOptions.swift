import ArgumentParser
import Foundation
import ThreatModel

/// Who may ask, and how much.
struct AccountOptions: ParsableArguments {
    @Option(help: "A file of keys, as 'penumbra keys new' writes it; without one everybody may ask.")
    var keys: String?

    @Option(help: "The most queries of a key that says nothing else; without --keys of all callers together.")
    var budget: Int?

    @Option(help: "The most tokens of a key that says nothing else.")
    var tokenBudget: Int?

    @Option(help: "The cost units per second of a key that says nothing else: a query is 1, a token 0.01.")
    var rate: Double?

    @Option(help: "The cost units at once of a key that says nothing else (default: ten seconds' worth).")
    var burst: Double?

    /// The gatekeeper that the arguments ask for.
    ///
    /// - Throws: an error of one line when the file cannot be read or a limit makes no sense.
    func gate() throws -> any Gatekeeper {
        let ring = try keys.map { try KeyRing(contentsOf: URL(filePath: $0)) }
        let allowance = KeyRing.Entry(
            name: "anonymous", hash: APIKey.random().hash, queries: budget, tokens: tokenBudget, rate: rate,
            burst: burst)
        return try KeyGate(ring, allowance: allowance)
    }
}
