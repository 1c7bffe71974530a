import RealModule
public import Tensors

/// A density from the distance to the k-th nearest record: k of n records share the ball of that radius.
///
/// - Source: Loftsgaarden and Quesenberry 1965.
public struct NearestNeighbourDensity: Sendable {
    private let records: Tensor
    /// Which neighbour sets the radius; no more than there are records.
    public let neighbours: Int

    /// Keeps the rows of a matrix.
    ///
    /// - Shapes: records [n, d].
    /// - Precondition: there is a record, and `neighbours` ≥ 1.
    public init(fitting records: Tensor, neighbours: Int = 5) {
        precondition(records.rows > 0 && neighbours > 0, "\(neighbours) neighbours among \(records.rows) records")
        (self.records, self.neighbours) = (records, min(neighbours, records.rows))
    }

    /// Returns the distance of each row to its k-th nearest record.
    ///
    /// - Shapes: points [m, d]; result [m].
    /// - Complexity: O(m·n·(d + k)) at worst, in blocks of bounded memory.
    public func radii(of points: Tensor) -> [Double] {
        var nearest = [[Float]](repeating: [], count: points.rows)
        forEachBlock(of: records) { part, _ in
            let distances = points.squaredDistances(to: part)
            for row in 0..<points.rows {
                let closer = distances.row(row).filter {
                    nearest[row].count < neighbours || $0 < nearest[row][neighbours - 1]
                }
                nearest[row] = Array((nearest[row] + closer).sorted().prefix(neighbours))
            }
        }
        return nearest.map { Double($0[neighbours - 1]).squareRoot() }
    }

    /// Returns the logarithm of the density at each row, in nats: ln k − ln n − ln V − d·ln r, V being the volume of
    /// the unit ball.
    ///
    /// A radius counts as 1e-6 at least: single precision knows no smaller one, and copies need a density.
    /// - Shapes: points [m, d]; result [m].
    public func logDensities(of points: Tensor) -> [Double] {
        let dimension = Double(records.columns)
        let logVolume = 0.5 * dimension * Double.log(.pi) - Double.logGamma(0.5 * dimension + 1)
        let logShare = Double.log(Double(neighbours)) - Double.log(Double(records.rows))
        return radii(of: points).map { logShare - logVolume - dimension * Double.log(max($0, 1e-6)) }
    }
}
