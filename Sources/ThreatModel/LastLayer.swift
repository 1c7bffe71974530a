import Foundation
public import Tensors

/// The last layer of a language model as far as its logits give it away.
///
/// Logits are a matrix [contexts, tokens] of the rank of the hidden width: each row is the head applied to a hidden
/// vector. Its row space is the column space of the head, which is so known up to a change of coordinates.
public struct LastLayer: Sendable, Equatable {
    /// The tokens whose logits were read.
    public let tokens: [Int32]
    /// The token whose logit was subtracted from those of all others; `nil` where logits were read as they are.
    public let reference: Int32?
    /// Whether what was read were log-probabilities, whose rank is one higher; see ``isNormalised(_:)``.
    public let isNormalised: Bool
    /// The contexts after which they were read.
    public let contexts: Int
    /// The singular values of the matrix of logits, largest first.
    public let singularValues: [Double]
    /// The estimated width: after so many singular values comes the widest gap.
    public let dimension: Int
    /// The width of that gap, ln σ_dimension − ln σ_(dimension + 1), in nats.
    public let gap: Double
    /// The head up to a change of coordinates: its right singular vectors times their singular values; shape
    /// [tokens, dimension].
    public let head: RealMatrix
    /// How exactly each logit was read, where a search found it; `nil` where the answers told it.
    public let precision: Double?

    /// Creates the evidence.
    public init(
        tokens: [Int32], reference: Int32?, contexts: Int, singularValues: [Double], dimension: Int, gap: Double,
        head: RealMatrix, precision: Double? = nil, isNormalised: Bool = false
    ) {
        precondition(head.rows == tokens.count && head.columns == dimension, "a head of \(head.rows) rows")
        (self.tokens, self.reference, self.contexts) = (tokens, reference, contexts)
        (self.singularValues, self.dimension, self.gap) = (singularValues, dimension, gap)
        (self.head, self.precision, self.isNormalised) = (head, precision, isNormalised)
    }

    /// Whether rows are logarithms of probabilities rather than logits: none is above 0, their exponentials add up to 2
    /// at most, and in more than half of the rows to a tenth at least.
    ///
    /// Rounding doubles a probability at most, and may take away whole rows. Logits may all be below 0 too, but then
    /// nothing holds the sums of their exponentials near 1.
    /// - Complexity: O(rows·columns).
    public static func isNormalised(_ rows: RealMatrix) -> Bool {
        guard rows.rows > 0, rows.elements.allSatisfy({ $0 <= 0 }) else { return false }
        let sums = (0..<rows.rows).map { rows.row($0).reduce(0.0) { $0 + exp($1) } }
        return sums.allSatisfy { $0 <= 2 } && 2 * sums.count { $0 >= 0.1 } > sums.count
    }

    /// What answers in single precision cannot resolve, as a share of the largest singular value.
    public static let noiseFloor = 0x1p-24

    /// Returns the gaps between neighbours among singular values in descending order: element i is that after i + 1.
    ///
    /// Values below ``noiseFloor`` times the largest are taken for that much: an exact zero would have an infinite gap
    /// before it, and the order of what is mere rounding says nothing.
    public static func gaps(_ values: [Double]) -> [Double] {
        let least = max((values.first ?? 0) * noiseFloor, .leastNormalMagnitude)
        let logarithms = values.map { log(max($0, least)) }
        return zip(logarithms, logarithms.dropFirst()).map { $0 - $1 }
    }

    /// The gap after some singular values, in nats; `nil` where there are no more.
    public func gap(after rank: Int) -> Double? {
        let gaps = Self.gaps(singularValues)
        return gaps.indices.contains(rank - 1) ? gaps[rank - 1] : nil
    }
}

/// An attack that reads the last layer out of logits.
public protocol LastLayerAttack: Attack where Evidence == LastLayer {
    /// Reads its settings.
    init(_ settings: inout AttackSettings) throws(AttackSettingsError)
}
