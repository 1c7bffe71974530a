import Models
import Statistics
import Tensors

/// Counts how much of the space of queries an account covers within the lifetime of a benign account, again and again.
///
/// The space is a partition of the reference records by k-means; of texts, the vocabulary. An account's queries are
/// counted in spans of a benign account's lifetime. A span is wide when it covers more cells (or distinct tokens) than all
/// but a share of the benign accounts do, and ends there; the next begins with nothing covered. The alarm is raised when
/// wide spans are more frequent than they may be, by a ``SequentialRateTest``.
///
/// The rate that is allowed is an upper confidence limit of the benign one, with half of the false alarms; the test has
/// the other half. So an account may go on for ever: what it covers in all grows with every account, and after some
/// lifetimes benign ones have been everywhere, too, which is why the spans are compared and not the whole. It follows
/// that an account which asks like a benign one, and only more, is not found.
///
/// - Source: after Kesarwani, Mukhoty, Arya and Mehta 2018, who count what an account learns; ours uses no tree.
public struct CoverageAlarm: QueryMonitor {
    /// Its entry in the catalogue.
    public static let card = MonitorCard(
        id: "coverage",
        summary:
            "counts the cells of a partition, of texts the tokens, that an account's queries cover in the lifetime "
            + "of a benign account, and how often these are too many",
        paper: "after Kesarwani et al. 2018",
        values: [
            ValueCard("false-alarms", 0.001...0.5, fallback: 0.05),
            ValueCard("cells", 2...4096, isWhole: true, fallback: 64),
        ],
        watches: [.classify, .encode, .discriminate, .complete, .logits],
        knowledge: "reference records, and at least 1/false-alarms − 1 benign accounts",
        falseAlarms: "at most the stated probability per account, however long it asks, for accounts each of whose "
            + "lifetimes is drawn like a benign account",
        deviations: "the paper summarises queries by a decision tree and never forgets; of texts `cells` has no meaning"
    )

    private let partition: VectorQuantiser?
    /// The most cells or tokens of a span that is not wide.
    public let limit: Int
    /// The queries of a span.
    private let lifetime: Int
    private var test: SequentialRateTest
    private var covered: Set<Int> = []
    private var asked = 0

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
        let counts = Self.counts(benign, accounts, material.lifetime, partition).sorted()
        (limit, lifetime) = (counts[rank - 1], material.lifetime)
        guard partition == nil || limit < cells else {
            throw .missing(
                id, what: "more than \(cells) cells or a shorter lifetime, as benign accounts cover all of them")
        }
        let allowed = Interval.clopperPearson(
            successes: accounts - rank, trials: accounts, confidence: 1 - share)
        test = SequentialRateTest(rate: allowed.upper, level: share / 2)
    }

    /// What each benign account covers.
    private static func counts(
        _ benign: Records, _ accounts: Int, _ lifetime: Int, _ partition: VectorQuantiser?
    ) -> [Int] {
        let contents = benign.contents
        return (0..<accounts).map { account in
            contents[account * lifetime..<(account + 1) * lifetime].reduce(into: Set<Int>()) {
                $0.formUnion(cells(of: $1, partition))
            }.count
        }
    }

    /// The share of wide spans that is allowed.
    public var allowedRate: Double { test.rate }

    /// As many wide spans as must follow each other; a record covers one cell, and a text any number of tokens.
    public var leastQueries: Int { test.leastTrials * (partition == nil ? 1 : limit + 1) }

    /// Takes a query in.
    public mutating func observe(_ query: ObservedQuery) -> String? {
        guard Self.card.watches.contains(query.operation) else { return nil }
        covered.formUnion(Self.cells(of: query.content, partition))
        asked += 1
        let isWide = covered.count > limit
        guard isWide || asked == lifetime else { return nil }
        (covered, asked) = ([], 0)
        guard test.observe(isWide) else { return nil }
        let allowed = (test.rate * 1000).rounded() / 10
        return "\(test.successes) of \(test.trials) spans of at most \(lifetime) queries cover more than \(limit) "
            + "\(partition == nil ? "tokens" : "cells"), where \(allowed) % may"
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
