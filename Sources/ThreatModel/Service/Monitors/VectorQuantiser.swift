import Tensors

/// A partition of space into cells: a point is in the cell of the nearest centre.
///
/// - Source: Lloyd 1982; the start is k-means++ of Arthur and Vassilvitskii 2007.
struct VectorQuantiser: Sendable, Equatable {
    /// Shape [cells, width].
    private(set) var centres: Tensor

    /// Fits centres to points.
    ///
    /// - Parameters:
    ///   - points: shape [count, width]; at least `cells` of them.
    ///   - cells: how many, at least 1.
    ///   - rounds: how often the centres move.
    ///   - random: where the start is drawn.
    /// - Complexity: O(rounds·count·cells·width)
    init(_ points: Tensor, cells: Int, rounds: Int = 20, _ random: RandomStream) {
        precondition(cells > 0 && points.rows >= cells, "\(cells) cells of \(points.rows) points")
        centres = Self.start(points, cells, random)
        for _ in 0..<rounds {
            let moved = Self.means(points, self.cells(of: points), centres)
            if moved == centres { break }
            centres = moved
        }
    }

    /// The cell of each point, the first of equally near ones.
    func cells(of points: Tensor) -> [Int] { points.squaredDistances(to: centres).rowMinima().map(\.column) }

    /// Points, each drawn with a probability in proportion to its squared distance to those before.
    private static func start(_ points: Tensor, _ cells: Int, _ random: RandomStream) -> Tensor {
        var chosen = [Int(random.uniform(0) * Double(points.rows))]
        var nearest = [Double](repeating: .infinity, count: points.rows)
        while chosen.count < cells {
            let latest = points.gatherRows([chosen[chosen.count - 1]])
            let distances = points.squaredDistances(to: latest)
            for index in nearest.indices { nearest[index] = min(nearest[index], Double(distances[index])) }
            var remaining = random.uniform(chosen.count) * nearest.reduce(0, +)
            // Where all points are chosen or equal, the first stands for each further cell, which stays empty.
            let next = nearest.firstIndex { distance in
                remaining -= distance
                return remaining < 0
            }
            chosen.append(next ?? 0)
        }
        return points.gatherRows(chosen)
    }

    /// The mean of each cell's points; an empty cell keeps its centre.
    private static func means(_ points: Tensor, _ cells: [Int], _ centres: Tensor) -> Tensor {
        var sums = Tensor.zeros(centres.shape)
        sums.scatterAddRows(cells.map(Int32.init), points)
        var counts = [Int](repeating: 0, count: centres.rows)
        for cell in cells { counts[cell] += 1 }
        return sums.mappingRows { row, cell in
            counts[cell] == 0 ? centres.row(cell) : row.map { $0 / Float(counts[cell]) }
        }
    }
}
