import Models
import Statistics
import Tensors

/// Counts the queries that are farther from known records than benign ones are.
///
/// A query is novel when its distance to the nearest reference record exceeds a quantile of the distances of benign
/// records; of a text, when the share of its 4-grams that no reference text has exceeds such a quantile. A text of fewer
/// than four tokens is one gram of its own length. The alarm is raised when novel queries are more frequent than they may
/// be, by a ``SequentialRateTest``; several continuations of one prompt are one query to it.
///
/// The rate that is allowed is an upper confidence limit of the benign one, with half of the false alarms; the test has
/// the other half. So an account whose queries are drawn like the benign records ever raises the alarm with probability
/// at most `false-alarms`, taken over the draw of the calibration as well.
///
/// - Source: the distance to a known distribution as in Atli et al. 2020 and Kesarwani et al. 2018; the test is ours.
public struct QueryNovelty: QueryMonitor {
    /// Its entry in the catalogue.
    public static let card = MonitorCard(
        id: "novelty",
        summary: "counts queries that are farther from known records than most benign ones are",
        paper: "after Kesarwani et al. 2018 and Atli et al. 2020; sequential test after Wald 1945 and Robbins 1970",
        values: [
            ValueCard("false-alarms", 0.0001...0.5, fallback: 0.01), ValueCard("quantile", 0.5...0.999, fallback: 0.95),
        ],
        watches: [.classify, .encode, .discriminate, .complete, .logits],
        knowledge: "reference records and benign queries",
        falseAlarms: "at most the stated probability per account, however long it asks, for queries that are drawn "
            + "independently like the benign ones",
        deviations:
            "the papers compare distributions over a window of queries; of texts the share of unseen 4-grams is "
            + "the distance, and a text of fewer than 4 tokens is one gram, so that prompts of a token or two are "
            + "hardly ever novel")

    /// The tokens of a text's windows, where it has so many.
    private static let gram = 4

    private enum Reference: Sendable {
        case records(Tensor)
        /// The grams of one token, of two, and so on.
        case texts([NGramFilter])
    }

    private let reference: Reference
    /// The greatest distance of a query that is not novel.
    public let threshold: Double
    private var test: SequentialRateTest

    /// Calibrates it.
    ///
    /// - Throws: ``NamedValuesError`` without reference and benign records of one width, or with too few of these.
    public init(_ values: [Double], _ material: MonitorMaterial) throws(NamedValuesError) {
        let id = Self.card.id
        let (known, benign) = try material.known(by: id)
        let (level, quantile) = (values[0], values[1])
        if let features = known.features {
            reference = .records(features)
        } else {
            reference = .texts((1...Self.gram).map { NGramFilter(known.texts, length: $0) })
        }
        let distances = benign.contents.compactMap { [reference] in Self.distance(of: $0, to: reference) }.sorted()
        // Conformal: the rank that a further benign query exceeds with probability at most 1 − quantile.
        let rank = Int((Double(distances.count + 1) * quantile).rounded(.up))
        guard rank <= distances.count else {
            throw .missing(id, what: "at least \(Int((quantile / (1 - quantile)).rounded(.up))) benign queries")
        }
        threshold = distances[rank - 1]
        if known.features == nil, threshold >= 1 {
            // No share is above 1: such a monitor would see nothing.
            throw .missing(
                id,
                what: "reference texts that share \(Self.gram)-grams with the benign queries, of which more than "
                    + "\(NamedValues.text(((1 - quantile) * 1000).rounded() / 10)) % share none")
        }
        let limit = Interval.clopperPearson(
            successes: distances.count - rank, trials: distances.count, confidence: 1 - level)
        test = SequentialRateTest(rate: limit.upper, level: level / 2)
    }

    /// The share of novel queries that is allowed.
    public var allowedRate: Double { test.rate }

    /// As many as must be novel one after the other.
    public var leastQueries: Int { test.leastTrials }

    /// Takes a query in.
    public mutating func observe(_ query: ObservedQuery) -> String? {
        guard Self.card.watches.contains(query.operation),
            let distance = Self.distance(of: query.content, to: reference)
        else { return nil }
        guard test.observe(distance > threshold) else { return nil }
        let allowed = (test.rate * 1000).rounded() / 10
        return "\(test.successes) of \(test.trials) queries are novel, where \(allowed) % may be"
    }

    /// `nil` of what cannot be compared.
    private static func distance(of content: ObservedQuery.Content, to reference: Reference) -> Double? {
        switch (content, reference) {
        case (.vector(let row), .records(let records)):
            guard row.count == records.columns else { return nil }
            return Tensor(row, shape: [1, row.count]).squaredDistancesToNearest(of: records)[0].squareRoot()
        case (.text(let text), .texts(let known)):
            let length = min(text.count, gram)
            guard length > 0 else { return nil }
            let starts = 0...text.count - length
            let unseen = starts.count { !known[length - 1].contains(text[$0..<$0 + length]) }
            return Double(unseen) / Double(starts.count)
        default: return nil
        }
    }
}
