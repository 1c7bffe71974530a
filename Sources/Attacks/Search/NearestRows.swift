import Tensors

/// For each row of a matrix, which row of another is nearest; the first of equals.
///
/// - Shapes: candidates [C, D], images [S, D]; result [C] in 0..<S.
/// - Complexity: O(C·S·D), by matrix products.
func nearestRows(to candidates: Tensor, in images: Tensor) -> [Int] {
    var best = [(value: Float, row: Int)](repeating: (.infinity, 0), count: candidates.rows)
    forEachBlock(of: images) { part, start in
        for (candidate, minimum) in candidates.squaredDistances(to: part).rowMinima().enumerated()
        where minimum.value < best[candidate].value {
            best[candidate] = (minimum.value, start + minimum.column)
        }
    }
    return best.map(\.row)
}
