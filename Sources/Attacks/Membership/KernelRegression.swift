import Foundation
import Tensors

/// Gaussian kernels around landmark records, with a constant: what the regressions are linear in.
struct KernelFeatures {
    private let landmarks: Tensor
    private let scale: Double

    /// Stands kernels around the rows; their width is the median distance between them.
    init(landmarks: Tensor) {
        self.landmarks = landmarks
        let distances = Self.squaredDistances(landmarks, landmarks)
        let others = distances.indices.flatMap { row in distances[row][..<row] }.sorted()
        scale = others.isEmpty || others[others.count / 2] <= 0 ? 1 : 1 / others[others.count / 2]
    }

    /// A constant and e^(−‖x − l‖²/median), of each record.
    func rows(of features: Tensor) -> [[Double]] {
        Self.squaredDistances(features, landmarks).map { row in [1] + row.map { exp(-$0 * scale) } }
    }

    private static func squaredDistances(_ left: Tensor, _ right: Tensor) -> [[Double]] {
        let (a, b) = (left.rowSquaredNorms(), right.rowSquaredNorms())
        let products = matmul(left, right, transposing: .right)
        return (0..<left.rows).map { row in
            products.row(row).enumerated().map { max(0, Double(a[row] + b[$0] - 2 * $1)) }
        }
    }
}

/// A mean and a deviation that depend on the record: ridge regressions of the value, then of the logarithm of the squared
/// residual.
struct GaussianRegression {
    private let mean: [Double]
    private let logVariance: [Double]

    init(_ rows: [[Double]], _ values: [Double]) {
        let mean = ridge(rows, values)
        self.mean = mean
        let residuals = zip(rows, values).map { row, value in value - dot(row, mean) }
        let spread = residuals.reduce(0) { $0 + $1 * $1 } / Double(residuals.count)
        // E ln χ² of one degree of freedom is −1.27: added so that the exponential is a variance again.
        logVariance = ridge(rows, residuals.map { log(max($0 * $0, 1e-6 * spread + .leastNormalMagnitude)) + 1.27 })
    }

    func standardised(_ value: Double, given row: [Double]) -> Double {
        (value - dot(row, mean)) / exp(min(max(dot(row, logVariance), -20), 20) / 2)
    }
}

/// A quantile that depends on the record, by the pinball loss.
struct QuantileLine {
    private let weights: [Double]

    /// Minimises the mean pinball loss by repeated weighted ridge regressions.
    ///
    /// - Source: Hunter and Lange 2000, the majorisation of |e| by a parabola.
    init(_ rows: [[Double]], _ values: [Double], level: Double) {
        var weights = ridge(rows, values)
        for _ in 0..<30 {
            let residuals = zip(rows, values).map { row, value in value - dot(row, weights) }
            let importance = residuals.map { 1 / (abs($0) + 1e-3) }
            // ρ(e) = |e|/2 + (level − ½)·e: the linear part shifts the target of the parabola.
            let shifted = zip(values, importance).map { $0 + (2 * level - 1) / $1 }
            weights = ridge(rows, shifted, importance)
        }
        self.weights = weights
    }

    func value(_ row: [Double]) -> Double { dot(row, weights) }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
    var sum = 0.0
    for (a, b) in zip(left, right) { sum += a * b }
    return sum
}

/// The weights w with the least Σ importance·(value − row·w)² + λ‖w‖², the constant not penalised.
///
/// λ is a thousandth of the importance's mean per record, so that a kernel is used where a few records ask for it.
private func ridge(_ rows: [[Double]], _ values: [Double], _ importance: [Double]? = nil) -> [Double] {
    let width = rows[0].count
    var (matrix, right) = ([Double](repeating: 0, count: width * width), [Double](repeating: 0, count: width))
    var total = 0.0
    for (index, row) in rows.enumerated() {
        let weight = importance?[index] ?? 1
        total += weight
        for i in 0..<width {
            let scaled = weight * row[i]
            right[i] += scaled * values[index]
            for j in 0...i { matrix[i * width + j] += scaled * row[j] }
        }
    }
    for i in 1..<max(width, 1) { matrix[i * width + i] += 1e-3 * total }
    return choleskySolution(matrix, right)
}

/// Solves A·x = b for a positive definite A of which the lower triangle is given.
private func choleskySolution(_ matrix: [Double], _ right: [Double]) -> [Double] {
    let width = right.count
    var (factor, x) = (matrix, right)
    for i in 0..<width {
        for j in 0...i {
            var sum = factor[i * width + j]
            for k in 0..<j { sum -= factor[i * width + k] * factor[j * width + k] }
            factor[i * width + j] = i == j ? max(sum, 1e-12).squareRoot() : sum / factor[j * width + j]
        }
    }
    for i in 0..<width {
        for k in 0..<i { x[i] -= factor[i * width + k] * x[k] }
        x[i] /= factor[i * width + i]
    }
    for i in (0..<width).reversed() {
        for k in i + 1..<width { x[i] -= factor[k * width + i] * x[k] }
        x[i] /= factor[i * width + i]
    }
    return x
}
