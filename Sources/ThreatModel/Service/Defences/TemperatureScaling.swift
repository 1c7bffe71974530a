import Foundation

/// Flattens or sharpens what is told of a distribution by a temperature.
///
/// Probabilities of classes become pᵢ^(1/T), scaled to add up to 1; logits of tokens and of discriminators are divided
/// by T. Log-probabilities are those of the softmax of logits (and bias) divided by T, exactly, though only some tokens
/// are told; the texts are drawn as they would be without the defence. The label's probability stays a largest.
///
/// - Source: Guo et al. 2017 for calibration; as a defence, Shokri et al. 2017.
public struct TemperatureScaling: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "temperature",
        summary: "flattens (above 1) or sharpens what is told of a distribution; keeps the label and the texts",
        paper: "Shokri et al. 2017; Guo et al. 2017",
        values: [ValueCard("temperature", 0.05...100)],
        touches: [.classify, .discriminate, .complete, .logits],
        leaves: "everything to who guesses the temperature, as nothing is lost but digits")
    /// Each token's log-probabilities are changed by themselves.
    public static let actsTokenByToken = true

    private let temperature: Double

    /// Creates it of the temperature.
    public init(_ values: [Double], _ material: DefenceMaterial) { temperature = values[0] }

    /// Lets the model tell the log-probabilities of its divided logits.
    public func prepared(_ query: Query) throws(ThreatModelError) -> Query {
        query.mappingCompletion { $0.restriction.temperature *= temperature }
    }

    /// Changes probabilities and logits.
    public func defended(_ answer: Answer, to query: Query) -> Answer {
        answer.mappingProbabilities(flattened).mappingVectors { $0.map { Float(Double($0) / temperature) } }
    }

    private func flattened(_ row: [Float]) -> [Float] {
        // Relative to the largest, since a power of a small number may vanish.
        let largest = Double(row.max() ?? 0)
        guard largest > 0 else { return row }
        let powers = row.map { Foundation.pow(max(0, Double($0)) / largest, 1 / temperature) }
        let total = powers.reduce(0, +)
        return powers.map { Float($0 / total) }
    }
}
