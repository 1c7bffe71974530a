import Tensors

/// The factors of a table that serves as embedding and as the head: rows at tokens, and products.
///
/// With gᵢ = Eᵢ + BᵢᵀAᵢ, where row v of Eᵢ sums the gradients at the places of token v, the norm has the cross term
/// 2·Σ bₛ[vₜ]·⟨aₛ, eₜ⟩ over the rows s of the head and the places t.
/// - Source: Li, Tramèr, Liang and Hashimoto, ICLR 2022, who leave tied tables out.
struct TiedFactor: PerExampleFactor {
    private let embedding: EmbeddingFactor
    private let head: LinearFactor

    /// Puts one use as embedding and the uses as head together; `nil` when there are others.
    static func joined(_ factors: [any PerExampleFactor]) -> TiedFactor? {
        let embeddings = factors.compactMap { $0 as? EmbeddingFactor }
        let heads = factors.filter { $0 is LinearFactor }
        guard embeddings.count == 1, heads.count + 1 == factors.count, let head = LinearFactor.joined(heads) else {
            return nil
        }
        return TiedFactor(embedding: embeddings[0], head: head)
    }

    func add(example index: Int, to gradient: inout Tensor) {
        embedding.add(example: index, to: &gradient)
        head.add(example: index, to: &gradient)
    }

    func addWeightedSum(_ weights: [Float], to gradient: inout Tensor) {
        embedding.addWeightedSum(weights, to: &gradient)
        head.addWeightedSum(weights, to: &gradient)
    }

    func squaredNorms() -> [Float]? {
        guard let rows = embedding.squaredNorms(), let products = head.squaredNorms() else { return nil }
        let cross = ExampleGradients.innerProducts(
            head.input, head.gradient, time: head.time, tokens: embedding.tokens, embedding.gradient,
            time: embedding.time)
        // Rounding may leave a tiny negative number where the gradient vanishes.
        return rows.indices.map { max(0, rows[$0] + products[$0] + 2 * cross[$0]) }
    }

    var cost: FactorCost? {
        head.cost.map { cost in
            var cost = cost
            // The cross term takes products of places by rows.
            cost.norm += embedding.time * head.time * head.input.columns
            return cost
        }
    }

    func built() -> (rows: Tensor, squaredNorms: [Float])? {
        guard var (rows, _) = head.built() else { return nil }
        rows = rows.reshaped([rows.rows * head.gradient.columns, head.input.columns])
        let vocabulary = Int32(head.gradient.columns)
        let places = embedding.tokens.enumerated().map { Int32($0 / embedding.time) * vocabulary + $1 }
        rows.scatterAddRows(places, embedding.gradient)
        rows = rows.reshaped([rows.rows / head.gradient.columns, head.gradient.columns * head.input.columns])
        return (rows, rows.rowSquaredNorms().values)
    }
}
