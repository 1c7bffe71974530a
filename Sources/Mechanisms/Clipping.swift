import Autograd
import Tensors

/// How the gradient of one privacy unit is bounded before it joins a sum.
///
/// In each kind a gradient that is not finite counts as zero: it must not escape the bound.
public enum Clipping: Codable, Sendable, Equatable {
    /// g·min(1, C/‖g‖) over all parameters together (Abadi et al. 2016).
    case flat(norm: Double)
    /// Each layer's part to C/√L, for L layers; the whole is then within C (McMahan et al. 2018).
    ///
    /// A layer is what shares a name up to the last dot: a weight and its bias.
    case perLayer(norm: Double)
    /// g/(‖g‖ + γ), which is shorter than 1 whatever g is (Bu et al. 2023).
    case automatic(stability: Double)
    /// As flat, to a norm that moves after every step (Andrew et al. 2021).
    case adaptive(QuantileClipping)

    /// The most that one unit can contribute, in the Euclidean norm; of an adaptive norm, the present one.
    public var sensitivity: Double {
        switch self {
        case .flat(let norm), .perLayer(let norm): norm
        case .automatic: 1
        case .adaptive(let settings): settings.norm
        }
    }

    /// Whether every number is positive and finite.
    var isPossible: Bool {
        switch self {
        case .flat, .perLayer, .adaptive: sensitivity > 0 && sensitivity.isFinite
        case .automatic(let stability): stability > 0 && stability.isFinite
        }
    }

    /// The same kind with another norm; an automatic one has none.
    public func moved(to norm: Double) -> Clipping {
        switch self {
        case .flat: return .flat(norm: norm)
        case .perLayer: return .perLayer(norm: norm)
        case .automatic: return self
        case .adaptive(var settings):
            settings.norm = norm
            return .adaptive(settings)
        }
    }

    /// The most that one unit can contribute to a single layer, of parameters of these names.
    func longest(of names: [String]) -> Double {
        guard case .perLayer(let norm) = self else { return sensitivity }
        return norm / Double(max(Set(names.map { Self.layer(of: $0) }).count, 1)).squareRoot()
    }

    /// Clips each unit's gradient and adds them up.
    func sum(_ gradients: PerExampleGradients) -> ClippedSum {
        precondition(isPossible, "clipping that is \(self)")
        if case .perLayer(let norm) = self { return Self.sumByLayer(gradients, norm) }
        let norms = gradients.norms()
        let weights = norms.map { size -> Float in
            guard size.isFinite else { return 0 }
            if case .automatic(let stability) = self { return 1 / (size + Float(stability)) }
            return min(1, Float(sensitivity) / max(size, .leastNormalMagnitude))
        }
        // A gradient that counts as zero is no sign that the norm is long enough.
        let centred = norms.reduce(0.0) { $0 + ($1.isFinite && Double($1) <= sensitivity ? 0.5 : -0.5) }
        return ClippedSum(sum: Self.finiteSum(gradients, weights), centredCount: centred)
    }

    /// Σᵢ weightsᵢ·gᵢ over the examples whose weight is not zero: 0·∞ is not 0, so those of weight zero are left out.
    private static func finiteSum(_ gradients: PerExampleGradients, _ weights: [Float]) -> Parameters {
        guard weights.contains(0) else { return gradients.weightedSum(weights) }
        return explicitSum(gradients) { example, _ in weights[example] }
    }

    private static func explicitSum(
        _ gradients: PerExampleGradients, _ weight: (_ example: Int, _ parameter: String) -> Float
    ) -> Parameters {
        var sum = gradients.weightedSum([Float](repeating: 0, count: gradients.examples))
        sum.scale(by: 0)
        for (example, gradient) in gradients.explicit().enumerated() {
            for name in sum.names {
                let weight = weight(example, name)
                if weight > 0 { sum.update(name) { $0.add(gradient[name], times: weight) } }
            }
        }
        return sum
    }

    private static func sumByLayer(_ gradients: PerExampleGradients, _ norm: Double) -> ClippedSum {
        let layers = Dictionary(grouping: gradients.names) { layer(of: $0) }
        let bound = Float(norm / Double(max(layers.count, 1)).squareRoot())
        let squares = layers.mapValues { gradients.squaredNorms(of: Set($0)) }
        let isFinite = (0..<gradients.examples).map { example in squares.values.allSatisfy { $0[example].isFinite } }
        let weights = squares.mapValues { squares in
            squares.enumerated().map { example, square -> Float in
                isFinite[example] ? min(1, bound / max(square.squareRoot(), .leastNormalMagnitude)) : 0
            }
        }
        let sum =
            isFinite.contains(false)
            ? explicitSum(gradients) { example, name in weights[layer(of: name)]?[example] ?? 0 }
            : gradients.weightedSum { name in weights[layer(of: name)] ?? [] }
        return ClippedSum(sum: sum, centredCount: 0)
    }

    /// The name up to its last dot.
    private static func layer(of name: String) -> Substring {
        name.lastIndex(of: ".").map { name[..<$0] } ?? name[...]
    }
}

/// A sum of clipped gradients, which only ``BoundedSum`` and ``UnprotectedSum`` take in.
struct ClippedSum {
    var sum: Parameters
    /// Σᵢ(bᵢ − ½), where bᵢ says whether unit i was within the norm.
    var centredCount: Double
}
