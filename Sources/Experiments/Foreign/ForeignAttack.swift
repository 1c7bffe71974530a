import Attacks
public import ThreatModel

/// An attack that needs arrays and no model, with its settings.
public struct ForeignAttack: Sendable {
    /// Its identifier.
    public let id: String
    /// Its settings as text, defaults included; those that a file has settled are left out.
    public let settings: [String: String]
    let score: @Sendable (ForeignArrays) throws -> [Double]

    /// The cards of all of them.
    public static let cards = AttackCatalogue.entries.filter(\.scoresFiles).map(\.card)

    /// Reads an identifier and settings, as they stand on a command line.
    ///
    /// - Throws: ``ForeignFileError`` with the nearest identifiers for an unknown one, for an attack that needs a model,
    ///   and for a setting that a file has settled; `AttackSettingsError` for a key or a value that the attack does not
    ///   have.
    public init(id: String, settings: [String: String] = [:]) throws {
        guard let entry = AttackCatalogue.entry(id) else {
            throw ForeignFileError.unknownAttack(id, known: Self.cards.map(\.id).nearestFirst(to: id))
        }
        // A file's scores are compared with other people's, so offline LiRA's are the paper's probabilities.
        let usual = id == OfflineLiRA.card.id ? ["score": OfflineLiRA.Score.probability.rawValue] : [:]
        var read = AttackSettings(settings.merging(usual) { own, _ in own }.mapValues(AttackSettings.Value.init))
        var settled: [String] = []
        if case .signals(let type) = entry.kind {
            let scorer = try type.init(&read)
            score = { try ForeignSignals($0).scores(scorer) }
        } else if let type = entry.foreign {
            settled = type.settled
            if let key = settings.keys.filter(settled.contains).min() {
                throw ForeignFileError.settled(key, attack: id)
            }
            score = try type.init(&read).scores(of:)
        } else {
            throw ForeignFileError.needsModel(id)
        }
        try read.finish(id)
        self.id = id
        self.settings = read.resolved.filter { !settled.contains($0.key) }.mapValues(\.description)
    }
}

/// A membership attack whose scores are a function of arrays that any framework can export.
///
/// To score files with an attack, conform to it beside the arrays that it reads: its entry in the catalogue notices.
protocol ForeignScorer: MembershipAttack {
    /// Settings of how a model is asked, which whoever wrote the file has settled.
    static var settled: [String] { get }

    /// Returns one score per candidate; higher means member.
    func scores(of arrays: ForeignArrays) throws -> [Double]
}

extension ForeignScorer {
    static var settled: [String] { [] }
}

extension [String] {
    /// The names in the order of their edit distance to a word, equal ones as they were.
    fileprivate func nearestFirst(to word: String) -> [String] {
        enumerated().map { (distance: editDistance([Character](word), [Character]($1)), index: $0, name: $1) }
            .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.map(\.name)
    }
}
