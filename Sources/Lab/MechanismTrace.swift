public import Tensors

/// What some steps of a mechanism did: whom they read, and what they added to the clipped sum.
public struct MechanismTrace: Sendable {
    /// What was released less what was clipped and summed, in units of the claimed deviation.
    public let noise: NoiseMatrix
    /// The records of each step.
    public let batches: BatchList

    /// Runs a mechanism on a model's gradients.
    ///
    /// The clipped sum is computed here once more, from gradients that are written out, in double precision.
    /// - Parameters:
    ///   - step: the mechanism.
    ///   - gradients: whose records are as many as it claims.
    ///   - steps: how many steps.
    ///   - random: the stream of the training.
    ///   - progress: called with the number of steps done.
    /// - Complexity: O(steps · batch · d)
    public init(
        of step: any PrivateStep, on gradients: RecordGradients, steps: Int, random: RandomStream,
        progress: (Int) -> Void = { _ in }
    ) {
        var (values, batches) = ([Double](), [[Int]]())
        for number in 0..<steps {
            let batch = step.batch(step: number, random: random)
            let parts = gradients(batch)
            let released = step.release(parts, step: number, random: random).flat
            let clipped = clippedSum(parts.rows(), to: step.claim.clippingNorm, width: released.count)
            values += zip(released, clipped).map {
                (Double($0) * Double(step.claim.batch) - $1) / step.claim.noiseDeviation
            }
            batches.append(batch)
            progress(number + 1)
        }
        noise = NoiseMatrix(steps: steps, values)
        self.batches = BatchList(records: step.claim.records, batches)
    }
}

/// The noise of each step and coordinate, in units of its claimed deviation.
public struct NoiseMatrix: Sendable {
    /// The number of steps.
    public let steps: Int
    /// The number of coordinates.
    public let width: Int
    /// Row-major, shape [steps, width].
    public let values: [Double]

    /// Takes the noise of at least one step and one coordinate.
    public init(steps: Int, _ values: [Double]) {
        precondition(steps > 0 && !values.isEmpty && values.count.isMultiple(of: steps), "noise of \(steps) steps")
        (self.steps, width, self.values) = (steps, values.count / steps, values)
    }

    /// The noise of a step.
    func row(_ step: Int) -> ArraySlice<Double> { values[step * width..<(step + 1) * width] }

    /// The noise of some coordinates at every step, coordinate by coordinate.
    func columns(_ chosen: [Int]) -> [[Double]] {
        chosen.map { column in (0..<steps).map { values[$0 * width + column] } }
    }
}

/// The records of each step.
public struct BatchList: Sendable {
    /// The number of records.
    public let records: Int
    /// Indices below `records`, one list per step.
    public let batches: [[Int]]

    /// Takes the batches of at least one step.
    public init(records: Int, _ batches: [[Int]]) {
        precondition(records > 0 && !batches.isEmpty, "\(batches.count) batches of \(records) records")
        (self.records, self.batches) = (records, batches)
    }
}

/// Σᵢ gᵢ·min(1, C/‖gᵢ‖) in double precision; a gradient that is not finite counts as zero.
///
/// - Parameters:
///   - rows: one gradient per row, shape [examples, d].
///   - norm: C.
///   - width: d, which an empty batch does not know.
/// - Returns: the sum, d numbers.
func clippedSum(_ rows: Tensor, to norm: Double, width: Int) -> [Double] {
    var sum = [Double](repeating: 0, count: width)
    for index in 0..<rows.rows {
        let gradient = rows.row(index)
        let size = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard size.isFinite, size > 0 else { continue }
        let weight = min(1, norm / size)
        for (place, value) in gradient.enumerated() { sum[place] += weight * Double(value) }
    }
    return sum
}
