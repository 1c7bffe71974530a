import Tensors
import ThreatModel

/// A hidden rectifier as far as a kink gives it away: its plane, and by how much the gradient jumps there.
struct HiddenUnit {
    /// The direction of its weights, of unit length, up to sign.
    let normal: [Double]
    /// Its plane is normal·x + offset = 0.
    let offset: Double
    /// The jump of the logits' gradient across the plane, to the side where the normal points, [classes, inputs].
    let gradient: RealMatrix
    /// A point on the plane.
    let point: [Double]

    /// Measures the unit whose plane a line crosses at a point; `nil` where another plane is too close, or the line runs
    /// nearly along this one.
    ///
    /// The gradients a little before and after differ by a matrix of rank one, a class's weight times the unit's weights.
    init?(at point: [Double], on line: PiecewiseLine) throws {
        for distance in [1e-1, 1e-2, 1e-3] {
            let sides = [1, -1].map { side in zip(point, line.direction).map { $0 + side * distance * $1 } }
            guard let after = try line.victim.gradient(at: sides[0], step: distance / 20),
                let before = try line.victim.gradient(at: sides[1], step: distance / 20)
            else { continue }
            let svd = try (after - before).singularValueDecomposition()
            // What rounding leaves is far below; a second unit between the two would be far above.
            guard svd.values[0] > 0, svd.values.count < 2 || svd.values[1] < 1e-6 * svd.values[0] else { continue }
            let normal = svd.right.row(0)
            let slope = normal.dot(line.direction)
            let jump = svd.left.transposed.row(0).map { $0 * svd.values[0] * (slope < 0 ? -1 : 1) }
            guard try line.bends(at: point, by: jump.map { $0 * abs(slope) }) else { continue }
            self.normal = normal
            self.point = point
            offset = -normal.dot(point)
            gradient = RealMatrix(rows: jump.count, columns: normal.count) { jump[$0] * normal[$1] }
            return
        }
        return nil
    }

    /// The signed distance of a place from the plane.
    func height(_ place: [Double]) -> Double { normal.dot(place) + offset }

    /// Whether a place lies on the plane, up to rounding.
    func holds(_ place: [Double]) -> Bool { abs(height(place)) < 1e-7 * (1 + place.dot(place).squareRoot()) }
}

extension PiecewiseLine {
    /// Whether the slopes along the line jump by so much, at a point and nowhere near it.
    ///
    /// Tangents may meet beside two kinks of opposite signs; between slopes taken further off, those look like one.
    fileprivate func bends(at point: [Double], by jump: [Double]) throws(ThreatModelError) -> Bool {
        let step = 1e-4
        let points = [-step, 0, step].flatMap { shift in zip(point, direction).map { $0 + shift * $1 } }
        let values = try victim.logits(RealMatrix(points, rows: 3, columns: point.count))
        let largest = jump.reduce(0) { max($0, abs($1)) }
        return jump.enumerated().allSatisfy { output, expected in
            let found = (values[0, output] + values[2, output] - 2 * values[1, output]) / step
            return abs(found - expected) < 1e-3 * largest
        }
    }
}

extension ClassLogits64 {
    /// The gradient of each logit by central differences, [classes, inputs]; `nil` where the logits bend within the step.
    ///
    /// It takes 2·inputs + 1 queries.
    func gradient(at place: [Double], step: Double) throws(ThreatModelError) -> RealMatrix? {
        let inputs = place.count
        let points = RealMatrix(rows: 2 * inputs + 1, columns: inputs) { row, column in
            guard row > 0, (row - 1) / 2 == column else { return place[column] }
            return place[column] + (row % 2 == 1 ? step : -step)
        }
        let values = try logits(points)
        let scale = 1 + values.elements.reduce(0) { max($0, abs($1)) }
        for input in 0..<inputs {
            for output in 0..<values.columns {
                let bend = values[1 + 2 * input, output] + values[2 + 2 * input, output] - 2 * values[0, output]
                if abs(bend) > 1e-12 * scale { return nil }
            }
        }
        return RealMatrix(rows: values.columns, columns: inputs) { output, input in
            (values[1 + 2 * input, output] - values[2 + 2 * input, output]) / (2 * step)
        }
    }
}

extension [Double] {
    /// The inner product.
    func dot(_ other: [Double]) -> Double { zip(self, other).reduce(0) { $0 + $1.0 * $1.1 } }

    /// The vector divided by its length.
    var normalised: [Double] {
        let length = dot(self).squareRoot()
        return map { $0 / length }
    }
}

extension RandomStream {
    /// The first numbers of the stream, standard normal.
    func normals(_ count: Int) -> [Double] { normalTensor([count]).values.map(Double.init) }
}
