import RealModule
public import Tensors

/// A density as a mixture of Gaussians with diagonal covariances, fitted by expectation and maximisation.
///
/// - Source: Dempster, Laird and Rubin 1977; the start is k-means++ of Arthur and Vassilvitskii 2007, whose clusters
///   give the first weights, means and variances.
public struct GaussianMixture: Sendable {
    /// The weights, which sum to one, [components].
    public private(set) var weights: [Double]
    /// The means, [components][d].
    public private(set) var means: [[Double]]
    /// The variances, [components][d].
    public private(set) var variances: [[Double]]
    /// The mean log-likelihood of the records before each maximisation, in nats; it never falls.
    public private(set) var course: [Double] = []
    /// No variance is smaller, so that a component on copies of one record has a density.
    private let floor: Double

    /// Fits a mixture to the rows of a matrix.
    ///
    /// - Shapes: records [n, d].
    /// - Precondition: there is a record; `components` ≥ 1, of which no more are made than there are records.
    /// - Complexity: O(iterations·n·components·d), with no matrix larger than one record's.
    public init(fitting records: Tensor, components: Int = 10, iterations: Int = 100, random: RandomStream) {
        precondition(records.rows > 0 && components > 0, "\(components) components of \(records.rows) records")
        let rows = (0..<records.rows).map { records.row($0).map(Double.init) }
        let spread = SymmetricMatrix(covarianceOf: records).trace / Double(records.columns)
        floor = max(1e-6 * spread, 1e-12)
        let centres = GaussianMixture.seeds(min(components, rows.count), of: rows, random)
        (weights, means) = ([], centres)
        variances = centres.map { $0.map { _ in 0 } }
        maximise(rows, GaussianMixture.nearest(rows, centres))
        for _ in 0..<iterations {
            let (responsibilities, likelihood) = expect(rows)
            course.append(likelihood)
            if course.count > 1, likelihood - course[course.count - 2] < 1e-7 { break }
            maximise(rows, responsibilities)
        }
    }

    /// Returns the logarithm of the density at each row, in nats.
    ///
    /// - Shapes: points [m, d]; result [m].
    /// - Complexity: O(m·components·d).
    public func logDensities(of points: Tensor) -> [Double] {
        let constants = logConstants()
        return (0..<points.rows).map { logSumExp(logJoint(points.row($0).map(Double.init), constants)) }
    }

    /// ln of the weight over the volume of each component.
    private func logConstants() -> [Double] {
        weights.indices.map { component in
            let logVariance = variances[component].reduce(0) { $0 + Double.log(2 * .pi * $1) }
            return Double.log(weights[component]) - 0.5 * logVariance
        }
    }

    /// ln of weight times density of each component.
    private func logJoint(_ x: [Double], _ constants: [Double]) -> [Double] {
        constants.indices.map { component in
            var distance = 0.0
            for (index, value) in x.enumerated() {
                let difference = value - means[component][index]
                distance += difference * difference / variances[component][index]
            }
            return constants[component] - 0.5 * distance
        }
    }

    private func expect(_ rows: [[Double]]) -> (responsibilities: [[Double]], likelihood: Double) {
        let constants = logConstants()
        var total = 0.0
        let responsibilities = rows.map { row in
            let joint = logJoint(row, constants)
            let whole = logSumExp(joint)
            total += whole
            return joint.map { Double.exp($0 - whole) }
        }
        return (responsibilities, total / Double(rows.count))
    }

    private mutating func maximise(_ rows: [[Double]], _ responsibilities: [[Double]]) {
        let (width, previous) = (rows[0].count, means)
        var (sums, shares) = (means.map { $0.map { _ in 0.0 } }, [Double](repeating: 0, count: means.count))
        var squares = sums
        for (row, own) in zip(rows, responsibilities) {
            for component in own.indices where own[component] > 0 {
                shares[component] += own[component]
                for index in 0..<width {
                    // About the previous mean, so that the variance is no difference of large numbers.
                    let difference = row[index] - previous[component][index]
                    sums[component][index] += own[component] * difference
                    squares[component][index] += own[component] * difference * difference
                }
            }
        }
        // A component that nobody belongs to keeps its mean and a weight of next to nothing.
        let least = 1e-10
        weights = shares.map { ($0 + least) / (Double(rows.count) + least * Double(shares.count)) }
        for component in means.indices {
            for index in 0..<width {
                let shift = sums[component][index] / (shares[component] + least)
                means[component][index] = previous[component][index] + shift
                let variance = squares[component][index] / (shares[component] + least) - shift * shift
                variances[component][index] = max(variance, 0) + floor
            }
        }
    }

    /// Starts far apart: each is a record, drawn with a probability that grows with its squared distance to the others.
    private static func seeds(_ count: Int, of rows: [[Double]], _ random: RandomStream) -> [[Double]] {
        var centres = [rows[min(Int(random.uniform(0) * Double(rows.count)), rows.count - 1)]]
        var distances = rows.map { squaredDistance($0, centres[0]) }
        for draw in 1..<max(count, 1) {
            var left = random.uniform(draw) * distances.reduce(0, +)
            let chosen = distances.firstIndex { distance in
                left -= distance
                return left < 0
            }
            let centre = rows[chosen ?? rows.count - 1]
            centres.append(centre)
            for (index, row) in rows.enumerated() {
                distances[index] = min(distances[index], squaredDistance(row, centre))
            }
        }
        return centres
    }

    /// To which centre each record is nearest, as responsibilities.
    private static func nearest(_ rows: [[Double]], _ centres: [[Double]]) -> [[Double]] {
        rows.map { row in
            let distances = centres.map { squaredDistance(row, $0) }
            let best = distances.indices.min { distances[$0] < distances[$1] }
            return distances.indices.map { $0 == best ? 1 : 0 }
        }
    }
}

private func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += (a[index] - b[index]) * (a[index] - b[index]) }
    return sum
}

private func logSumExp(_ values: [Double]) -> Double {
    let peak = values.max() ?? 0
    return peak + Double.log(values.reduce(0) { $0 + Double.exp($1 - peak) })
}
