import Tensors

/// Chooses rows that lie far from all others: one after the other the row farthest from what has been chosen.
///
/// - Source: Gonzalez 1985; as active learning Sener and Savarese, "Active learning for convolutional neural networks:
///   a core-set approach", ICLR 2018.
/// - Parameters:
///   - count: how many are chosen.
///   - rows: from which, shape [n, d].
///   - centres: what counts as chosen before, shape [m, d].
/// - Returns: `count` different indices, in the order of choice; of equally far rows the first.
/// - Complexity: O(n·(m + count)·d).
func greedyCentres(_ count: Int, of rows: Tensor, after centres: Tensor) -> [Int] {
    precondition(count <= rows.rows, "\(count) centres of \(rows.rows) rows")
    var distances = rows.squaredDistancesToNearest(of: centres)
    var chosen: [Int] = []
    while chosen.count < count {
        var farthest = 0
        for index in distances.indices where distances[index] > distances[farthest] { farthest = index }
        chosen.append(farthest)
        let fresh = rows.squaredDistances(to: rows.rows(farthest..<farthest + 1)).values
        for index in distances.indices { distances[index] = min(distances[index], Double(fresh[index])) }
        // Nearer than any other, even than a copy of itself.
        distances[farthest] = -1
    }
    return chosen
}
