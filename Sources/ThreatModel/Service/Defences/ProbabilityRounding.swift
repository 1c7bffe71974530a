import Foundation
import Tensors

/// Tells probabilities to a few decimals even where logarithms or logits are asked for.
///
/// A log-probability becomes the logarithm of its rounded probability, and logits become such log-probabilities: what is
/// unlikely is told as nothing at all, and what depends on its digits, such as the singular values of logits, is gone.
/// ``Rounding`` rounds each number as it is told, which leaves the logarithms of small probabilities their digits.
///
/// - Source: Carlini et al., ICML 2024, on what closes the attack on the last layer.
/// - Deviation: a probability that rounds to zero is told as e⁻⁸⁷, the least that single precision holds.
public struct ProbabilityRounding: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "probability-rounding",
        summary: "tells probabilities to a few decimals, and their logarithms where logarithms or logits are asked for",
        paper: "Carlini et al., ICML 2024", values: [ValueCard("decimals", 0...12, isWhole: true)],
        touches: [.classify, .complete, .logits],
        leaves: "the likeliest tokens, their order, and the digits that are left")
    /// Each token's log-probabilities are changed by themselves.
    public static let actsTokenByToken = true

    private let decimals: Int

    /// The logarithm that stands for a probability of zero.
    private static let nothing: Float = -87

    /// Creates it of the number of decimals.
    public init(_ values: [Double], _ material: DefenceMaterial) { decimals = Int(values[0]) }

    /// Rounds what an answer tells.
    public func defended(_ answer: Answer, to query: Query) -> Answer {
        switch answer {
        case .classes: answer.mappingProbabilities { $0.map { Float(rounded(Double($0))) } }
        case .vectors(let logits):
            .vectors(Tensor((0..<logits.rows).flatMap { row(logits.row($0)) }, shape: logits.shape))
        case .completions:
            answer.mappingPlaces { place in
                TokenPlace(
                    logProbability: place.logProbability.map(logarithm),
                    top: place.top.map { RankedToken(token: $0.token, logProbability: logarithm($0.logProbability)) })
            }
        }
    }

    private func row(_ logits: [Float]) -> [Float] {
        let greatest = Double(logits.max() ?? 0)
        let normaliser = greatest + Foundation.log(logits.reduce(0.0) { $0 + Foundation.exp(Double($1) - greatest) })
        return logits.map { logarithm(Float(Double($0) - normaliser)) }
    }

    private func logarithm(_ logProbability: Float) -> Float {
        let probability = rounded(Foundation.exp(Double(logProbability)))
        return probability > 0 ? Float(Foundation.log(probability)) : Self.nothing
    }

    private func rounded(_ probability: Double) -> Double {
        let scale = Foundation.pow(10, Double(decimals))
        return (probability * scale).rounded() / scale
    }
}
