/// Counts the distinct tokens whose logits an account has biased.
///
/// An extraction of the last layer by top-k log-probabilities biases every token of the vocabulary once; an application
/// bans or favours the same few words in all its queries.
///
/// - Source: the attack is Carlini et al. 2024; counting is ours.
public struct BiasCoverage: QueryMonitor {
    /// Its entry in the catalogue.
    public static let card = MonitorCard(
        id: "bias-coverage",
        summary: "counts the distinct tokens whose logits an account has biased",
        paper: "ours, against Carlini et al. 2024",
        values: [ValueCard("limit", 0...1_000_000, isWhole: true, fallback: 64)],
        watches: [.complete],
        falseAlarms: "none for accounts that bias no more tokens than the limit")

    private let limit: Int
    private var biased: Set<Int32> = []

    /// Creates it of the most tokens that raise no alarm.
    public init(_ values: [Double], _ material: MonitorMaterial) { limit = Int(values[0]) }

    /// One query may bias any number of tokens.
    public var leastQueries: Int { 1 }

    /// Takes a query in.
    public mutating func observe(_ query: ObservedQuery) -> String? {
        biased.formUnion(query.biased)
        return biased.count > limit ? "biased \(biased.count) distinct tokens, where \(limit) may be" : nil
    }
}
