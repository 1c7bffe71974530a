/// Tells the largest probabilities only.
///
/// Of classes, all but the k largest become 0, of equal ones the first are kept, and nothing is scaled, so that rows add
/// up to less than 1. Of tokens, at most k of the likeliest are told at each place, beside the log-probability of the
/// token that stands there, as commercial interfaces do. Logits cannot be asked for.
///
/// - Source: Tramèr et al. 2016; Orekondy, Schiele and Fritz 2019.
public struct TopK: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "top-k",
        summary: "tells the k largest probabilities and no others; keeps the label",
        paper: "Tramèr et al. 2016; Orekondy et al. 2019",
        values: [ValueCard("k", 1...1000, isWhole: true)],
        touches: [.classify, .complete], hides: [.logits],
        leaves: "the largest probabilities exactly; of tokens the log-probability of each one that stands in a text, "
            + "and with a bias every other, k at a time")
    /// What is taken away is each token's own.
    public static let actsTokenByToken = true

    private let most: Int

    /// Creates it of the number of probabilities that are told.
    public init(_ values: [Double], _ material: DefenceMaterial) { most = Int(values[0]) }

    /// Asks for no more tokens than are told.
    public func prepared(_ query: Query) throws(ThreatModelError) -> Query {
        query.mappingCompletion { query in
            // A number out of range is left for the service to refuse.
            if let asked = query.logProbabilities, asked <= 20 { query.logProbabilities = min(asked, most) }
        }
    }

    /// Takes away all but the largest.
    public func defended(_ answer: Answer, to query: Query) -> Answer {
        answer.mappingProbabilities(truncated).mappingPlaces { place in
            TokenPlace(logProbability: place.logProbability, top: Array(place.top.prefix(most)))
        }
    }

    private func truncated(_ row: [Float]) -> [Float] {
        let order = row.indices.sorted { (row[$0], $1) > (row[$1], $0) }
        var result = [Float](repeating: 0, count: row.count)
        for index in order.prefix(most) { result[index] = row[index] }
        return result
    }
}
