import Models
import Tensors

/// Counts how much of the space of queries an account has covered.
///
/// The space is a partition of the reference records by k-means; of texts, the vocabulary. The alarm is raised when an
/// account has covered more cells (or distinct tokens) than benign accounts do in a lifetime: more than the limit that
/// all but a share of them keep, with one added to the rank, so that a further benign account exceeds it in its lifetime
/// with probability at most that share.
///
/// - Source: after Kesarwani, Mukhoty, Arya and Mehta 2018, who count what an account learns; ours uses no tree.
public struct CoverageAlarm: QueryMonitor {
    /// Its entry in the catalogue.
    public static let card = MonitorCard(
        id: "coverage",
        summary: "counts the cells of a partition, of texts the tokens, that an account's queries have covered",
        paper: "after Kesarwani et al. 2018",
        values: [
            ValueCard("false-alarms", 0.001...0.5, fallback: 0.05),
            ValueCard("cells", 2...4096, isWhole: true, fallback: 64),
        ],
        watches: [.classify, .encode, .discriminate, .complete, .logits],
        knowledge: "reference records, and at least 1/false-alarms − 1 benign accounts",
        falseAlarms: "at most the stated probability within the lifetime of a benign account, for accounts that are "
            + "exchangeable with the benign ones",
        deviations: "the paper summarises queries by a decision tree; of texts `cells` has no meaning")

    private let partition: VectorQuantiser?
    /// The most cells or tokens that raise no alarm.
    public let limit: Int
    private var covered: Set<Int> = []

    /// Calibrates it.
    ///
    /// - Throws: ``NamedValuesError`` without reference and benign records of one width, or with too few of these.
    public init(_ values: [Double], _ material: MonitorMaterial) throws(NamedValuesError) {
        let id = Self.card.id
        let (known, benign) = try material.known(by: id)
        guard material.lifetime > 0 else { throw .missing(id, what: "a lifetime of at least 1 query") }
        let (share, cells) = (values[0], Int(values[1]))
        if let features = known.features {
            guard features.rows >= cells else { throw .missing(id, what: "at least \(cells) reference records") }
            partition = VectorQuantiser(features, cells: cells, material.random["coverage"])
        } else {
            partition = nil
        }
        let accounts = benign.count / material.lifetime
        let rank = Int((Double(accounts + 1) * (1 - share)).rounded(.up))
        guard rank <= accounts, rank > 0 else {
            let needed = Int((1 / share - 1).rounded(.up))
            throw .missing(id, what: "at least \(needed) benign accounts of \(material.lifetime) queries each")
        }
        let contents = benign.contents
        let counts = (0..<accounts).map { [partition] account in
            contents[account * material.lifetime..<(account + 1) * material.lifetime].reduce(into: Set<Int>()) {
                $0.formUnion(Self.cells(of: $1, partition))
            }.count
        }
        limit = counts.sorted()[rank - 1]
    }

    /// Takes a query in.
    public mutating func observe(_ query: ObservedQuery) -> String? {
        guard Self.card.watches.contains(query.operation) else { return nil }
        covered.formUnion(Self.cells(of: query.content, partition))
        guard covered.count > limit else { return nil }
        return "covered \(covered.count) \(partition == nil ? "tokens" : "cells"), where benign accounts cover \(limit)"
    }

    private static func cells(of content: ObservedQuery.Content, _ partition: VectorQuantiser?) -> [Int] {
        switch (content, partition) {
        case (.vector(let row), .some(let partition)):
            guard row.count == partition.centres.columns else { return [] }
            return partition.cells(of: Tensor(row, shape: [1, row.count]))
        case (.text(let tokens), nil): return tokens.map(Int.init)
        default: return []
        }
    }
}
