import Foundation

/// Tells numbers to a few decimals.
///
/// Probabilities, log-probabilities (in nats), logits and codes are rounded to the nearest multiple of 10⁻ᵈ, a half away
/// from zero. The label stays the undefended one, and its probability stays a largest; rows of probabilities need not
/// add up to 1. Images are left as they are.
///
/// - Source: Fredrikson, Jha and Ristenpart 2015; against extraction, Tramèr et al. 2016.
public struct Rounding: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "rounding",
        summary: "tells probabilities, log-probabilities, logits and codes to a few decimals; keeps the label",
        paper: "Fredrikson et al. 2015; Tramèr et al. 2016",
        values: [ValueCard("decimals", 0...6, isWhole: true)],
        touches: [.classify, .encode, .discriminate, .complete, .logits],
        leaves: "labels; and digits to who asks often about inputs, or with biases, that differ a little and averages")
    /// Each token's log-probabilities are changed by themselves.
    public static let actsTokenByToken = true

    private let decimals: Int

    /// Creates it of the number of decimals.
    public init(_ values: [Double], _ material: DefenceMaterial) { decimals = Int(values[0]) }

    /// Rounds what an answer tells.
    public func defended(_ answer: Answer, to query: Query) -> Answer {
        switch answer {
        case .classes: answer.mappingProbabilities { $0.map(rounded) }
        case .vectors: answer.mappingVectors { $0.map(rounded) }
        case .completions:
            answer.mappingPlaces { place in
                TokenPlace(
                    logProbability: place.logProbability.map(rounded),
                    top: place.top.map { RankedToken(token: $0.token, logProbability: rounded($0.logProbability)) })
            }
        }
    }

    private func rounded(_ number: Float) -> Float {
        let scale = Foundation.pow(10, Double(decimals))
        // Adding zero turns −0 into 0.
        return Float((Double(number) * scale).rounded() / scale + 0)
    }
}
