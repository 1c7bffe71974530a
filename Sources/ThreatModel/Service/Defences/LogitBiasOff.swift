/// Refuses queries with a bias on logits.
///
/// - Source: Carlini et al. 2024, after whom interfaces took the combination of bias and log-probabilities away.
public struct LogitBiasOff: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "no-logit-bias",
        summary: "refuses completions with a logit bias",
        paper: "Carlini et al. 2024",
        touches: [.complete],
        leaves: "the log-probabilities of the likeliest tokens, and all logits where they can be asked for")
    /// It looks at the query alone.
    public static let actsTokenByToken = true

    /// Creates it of nothing.
    public init(_ values: [Double], _ material: DefenceMaterial) {}

    /// Refuses a bias.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` that names `logit_bias`.
    public func prepared(_ query: Query) throws(ThreatModelError) -> Query {
        guard case .complete(let completion) = query, !completion.bias.isEmpty else { return query }
        throw .refused(
            .invalid(
                parameter: "logit_bias",
                "expected none, as this service takes no bias, found \(completion.bias.count) tokens; leave it out"))
    }
}
