import Models
public import Tensors
public import ThreatModel

/// Finds the hidden width and the last layer of a language model in the singular values of its logits.
///
/// - Source: Carlini et al., "Stealing part of a production language model", ICML 2024.
/// - Deviation: the refinement to the head up to an orthogonal map is left out; grading allows any linear map.
public struct LogitSVD: LastLayerAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "logit-svd", summary: "Hidden width and last layer from the singular values of full logits.",
        paper: "Carlini et al., ICML 2024", families: ["transformer"], access: "logits", knowledge: "none",
        queries: "one per context", deviations: "no refinement to an orthogonal map")

    /// What is asked about.
    public var contexts: RandomContexts

    /// Creates the attack.
    public init(contexts: RandomContexts = RandomContexts()) { self.contexts = contexts }

    /// Creates the attack with the settings of ``RandomContexts``.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        contexts = try RandomContexts(&settings)
    }

    /// Returns the last layer.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no language model, there are too few contexts of the length,
    ///   or the budget is exhausted; ``Tensors/LinearAlgebraError`` when its logits are not finite.
    public func run(against victim: Logits, knowing knowledge: Knowledge, random: RandomStream) throws -> LastLayer {
        let card = try victim.card
        let asked = try contexts.drawn(for: card, random["contexts"])
        let parts = try contexts.requests(asked).map { RealMatrix(try victim.logits($0)) }
        let logits = RealMatrix(parts.flatMap(\.elements), rows: asked.count, columns: parts.first?.columns ?? 0)
        return try Self.lastLayer(logits, tokens: Array(0..<Int32(logits.columns)), reference: nil)
    }

    /// Returns the last layer that a matrix of logits shows.
    ///
    /// The width is the i with the widest gap ln σ_i − ln σ_(i+1). Singular values below 2⁻²⁴·σ₁ are taken for that
    /// much, since answers in single precision do not resolve them: an exact zero would have an infinite gap before it.
    /// - Parameters:
    ///   - logits: [contexts, tokens], with the reference's logit subtracted where there is a reference.
    ///   - tokens: the tokens of the columns.
    ///   - reference: the token whose logit was subtracted.
    ///   - precision: how exactly a logit is known, where a search found it.
    /// - Returns: the evidence, of dimension 0 and gap 0 where there is one singular value or none.
    /// - Throws: ``Tensors/LinearAlgebraError`` when a logit is not finite.
    /// - Complexity: O(contexts·tokens·min(contexts, tokens)).
    public static func lastLayer(
        _ logits: RealMatrix, tokens: [Int32], reference: Int32?, precision: Double? = nil
    ) throws(LinearAlgebraError) -> LastLayer {
        let svd = try logits.singularValueDecomposition()
        let gaps = LastLayer.gaps(svd.values)
        let widest = gaps.indices.max { gaps[$0] < gaps[$1] }
        let dimension = widest.map { $0 + 1 } ?? 0
        let head = RealMatrix(rows: tokens.count, columns: dimension) { svd.right[$1, $0] * svd.values[$1] }
        return LastLayer(
            tokens: tokens, reference: reference, contexts: logits.rows, singularValues: svd.values,
            dimension: dimension, gap: widest.map { gaps[$0] } ?? 0, head: head, precision: precision,
            isNormalised: reference == nil && LastLayer.isNormalised(logits))
    }
}
