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

    @Option(
        help: ArgumentHelp(
            "The file that remembers what was used over restarts; KEYS.ledger beside the file of keys when not given, and "
                + "without --keys none.",
            discussion: """
                A line per answer, written before the answer leaves, so that a gateway that is killed forgets nothing that \
                it answered; a power cut may cost the last seconds. 'none' keeps budgets in memory, where a restart \
                makes them whole. Rate limits always begin anew.
                """))
    var ledger: String?

    /// The accounts that the arguments ask for, with what was used of them before.
    ///
    /// - Throws: an error of one line when a file cannot be read or a limit makes no sense.
    func accounts() throws -> Accounts {
        let allowance = KeyRing.Entry.anonymous(queries: budget, tokens: tokenBudget, rate: rate, burst: burst)
        guard let keys else {
            return try Accounts(sharedBy: allowance, ledger: try open(ledger, of: [allowance]))
        }
        let ring = try KeyRing(contentsOf: URL(filePath: keys))
        let ledger = try open(ledger ?? UsageLedger.file(beside: URL(filePath: keys)).path, of: ring.entries)
        return try Accounts(ring, allowance: allowance, ledger: ledger)
    }

    private func open(_ path: String?, of entries: [KeyRing.Entry]) throws -> UsageLedger? {
        guard let path, path != "none" else { return nil }
        return try UsageLedger(URL(filePath: path), of: entries)
    }
}
