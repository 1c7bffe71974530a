import Foundation

/// Bends probabilities so that different ones are told alike, which misleads whoever trains on them.
///
/// y' ∝ y − β·(s(γ·s⁻¹(y)) − ½) with the sigmoid s, what is negative becoming 0, scaled to add up to 1. Where the bent
/// probability of another class is larger than that of the label, the two are exchanged, so the label's stays a largest. A
/// row of which nothing is left becomes uniform.
///
/// - Source: Lee, Edwards, Molloy and Su 2018 (IEEE S&P workshops 2019).
/// - Deviation: the exchange. The bend is not monotone: with many classes it can lift an unlikely class above the
///   likeliest, which the paper's choice of β and γ avoids on its data.
public struct ReverseSigmoid: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "reverse-sigmoid",
        summary: "bends probabilities by a reverse sigmoid, so that unlike ones are told alike; keeps the label",
        paper: "Lee et al. 2018",
        values: [ValueCard("beta", 0...1), ValueCard("gamma", 0.001...10)],
        touches: [.classify],
        leaves: "labels; and the bend can be learned by who knows some undefended answers",
        deviations: "where a bent probability is larger than that of the label, the two are exchanged")

    private let (beta, gamma): (Double, Double)

    /// Creates it of the size of the bend, β, and its steepness, γ.
    public init(_ values: [Double], _ material: DefenceMaterial) { (beta, gamma) = (values[0], values[1]) }

    /// Bends the probabilities.
    public func defended(_ answer: Answer, to query: Query) -> Answer {
        guard case .classes(var answers) = answer, let probabilities = answers.probabilities else { return answer }
        answers.probabilities = probabilities.mappingRows { row, index in
            distribution(row, keeping: Int(answers.labels[index]))
        }
        return .classes(answers)
    }

    private func distribution(_ row: [Float], keeping label: Int) -> [Float] {
        var bent = row.map { max(0, bend(Double($0))) }
        if let largest = bent.indices.max(by: { bent[$0] < bent[$1] }), bent.indices.contains(label),
            bent[largest] > bent[label]
        {
            bent.swapAt(largest, label)
        }
        let total = bent.reduce(0, +)
        // Where β is 0 and a defence before it left no probability, nothing is left to scale.
        guard total > 0 else { return row.map { _ in 1 / Float(row.count) } }
        return bent.map { Float($0 / total) }
    }

    /// s(γ·s⁻¹(y)) is yᵞ/(yᵞ + (1 − y)ᵞ), which has its limits at 0 and 1.
    private func bend(_ y: Double) -> Double {
        let probability = min(max(y, 0), 1)
        let (one, other) = (Foundation.pow(probability, gamma), Foundation.pow(1 - probability, gamma))
        return probability - beta * (one / (one + other) - 0.5)
    }
}
