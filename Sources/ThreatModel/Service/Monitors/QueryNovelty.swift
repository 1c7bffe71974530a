import Models
import Statistics
import Tensors

/// Counts the queries that are farther from known records than benign ones are.
///
/// A query is novel when its distance to the nearest reference record exceeds a quantile of the distances of benign
/// records; of a text, when the share of its 4-grams that no reference text has exceeds such a quantile. The alarm is
/// raised when novel queries are more frequent than they may be, by a ``SequentialRateTest``.
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
        deviations: "the papers compare distributions over a window of queries")

    /// The tokens of a text's windows.
    private static let gram = 4

    private enum Reference: Sendable {
        case records(Tensor)
        case texts(NGramFilter)
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
            reference = .texts(NGramFilter(known.texts, length: Self.gram))
        }
        let distances = benign.contents.compactMap { [reference] in Self.distance(of: $0, to: reference) }.sorted()
        // Conformal: the rank that a further benign query exceeds with probability at most 1 − quantile.
        let rank = Int((Double(distances.count + 1) * quantile).rounded(.up))
        guard rank <= distances.count else {
            throw .missing(id, what: "at least \(Int((quantile / (1 - quantile)).rounded(.up))) benign queries")
        }
        threshold = distances[rank - 1]
        let limit = Interval.clopperPearson(
            successes: distances.count - rank, trials: distances.count, confidence: 1 - level)
        test = SequentialRateTest(rate: limit.upper, level: level / 2)
    }

    /// The share of novel queries that is allowed.
    public var allowedRate: Double { test.rate }

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
            guard text.count >= gram else { return nil }
            let starts = 0...text.count - gram
            let unseen = starts.count { !known.contains(text[$0..<$0 + gram]) }
            return Double(unseen) / Double(starts.count)
        default: return nil
        }
    }
}
