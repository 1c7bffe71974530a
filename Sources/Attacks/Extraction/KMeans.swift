import Tensors

/// Clusters of the rows of a matrix around their means.
///
/// - Source: Lloyd 1982, from the starts of k-means++ (Arthur and Vassilvitskii 2007).
struct KMeans: Sendable {
    /// The means, shape [clusters, width].
    private(set) var centres: Tensor
    /// The cluster of each row.
    private(set) var clusters: [Int]

    /// Clusters the rows; no more clusters are made than there are rows.
    ///
    /// - Shapes: records [n, width].
    /// - Complexity: O(iterations·n·clusters·width), by matrix products.
    init(_ records: Tensor, clusters count: Int, iterations: Int = 25, random: RandomStream) {
        precondition(records.rows > 0 && count > 0, "\(count) clusters of \(records.rows) records")
        centres = KMeans.starts(min(count, records.rows), of: records, random)
        clusters = nearestRows(to: records, in: centres)
        for _ in 0..<iterations {
            moveCentres(records)
            let moved = nearestRows(to: records, in: centres)
            if moved == clusters { break }
            clusters = moved
        }
    }

    /// Rows far apart: each is drawn with a probability that grows with its squared distance to those before.
    private static func starts(_ count: Int, of records: Tensor, _ random: RandomStream) -> Tensor {
        var chosen = [min(Int(random.uniform(0) * Double(records.rows)), records.rows - 1)]
        var distances = [Double](repeating: .infinity, count: records.rows)
        while chosen.count < count {
            let latest = records.rows(chosen[chosen.count - 1]..<chosen[chosen.count - 1] + 1)
            let fresh = records.squaredDistancesToNearest(of: latest)
            distances = zip(distances, fresh).map(min)
            var left = random.uniform(chosen.count) * distances.reduce(0, +)
            let next = distances.firstIndex { distance in
                left -= distance
                return left < 0
            }
            chosen.append(next ?? records.rows - 1)
        }
        return records.gatherRows(chosen)
    }

    /// Moves each centre to the mean of its rows; one without rows stays.
    private mutating func moveCentres(_ records: Tensor) {
        var counts = [Int](repeating: 0, count: centres.rows)
        for cluster in clusters { counts[cluster] += 1 }
        var sums = Tensor.zeros(centres.shape)
        sums.scatterAddRows(clusters.map(Int32.init), records)
        sums.scaleRows(by: counts.map { $0 > 0 ? 1 / Float($0) : 0 })
        for (cluster, count) in counts.enumerated() where count == 0 {
            for (column, value) in centres.row(cluster).enumerated() {
                sums[cluster * sums.columns + column] = value
            }
        }
        centres = sums
    }
}
