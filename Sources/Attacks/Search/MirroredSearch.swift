import RealModule
public import Tensors

/// An evolution strategy of one parent and one child that needs function values only, for many problems at once.
///
/// Each row is a problem. Its child is the parent plus a normal direction; when that is no better, the next child is
/// the parent minus the same direction. A better child takes the parent's place and lengthens the row's steps, a worse
/// one shortens them, so that about one in five succeeds. All rows are given the same directions in the same order, so
/// that no row's course depends on another's nor on its place.
/// - Source: Brockhoff, Auger, Hansen, Arnold and Hohm, "Mirrored sampling and sequential selection for evolution
///   strategies", PPSN 2010; the rule of one fifth is Rechenberg's, 1973.
public struct MirroredSearch: Sendable {
    /// The evaluations of each problem after the first.
    public var evaluations: Int
    /// The deviation of the first steps.
    public var deviation: Double

    /// Creates the method.
    public init(evaluations: Int, deviation: Double = 0.3) {
        precondition(evaluations >= 0 && deviation > 0, "\(evaluations) evaluations from deviation \(deviation)")
        (self.evaluations, self.deviation) = (evaluations, deviation)
    }

    /// Returns the lowest points that were found, and their values.
    ///
    /// - Shapes: start [problems, dimension]; of the objective, the values [problems].
    /// - Throws: what the objective throws.
    /// - Complexity: `evaluations` + 1 evaluations.
    public func minimise(_ start: Tensor, _ random: RandomStream, _ objective: (Tensor) throws -> [Double]) throws -> (
        points: Tensor, values: [Double]
    ) {
        let dimension = start.columns
        // Success and failure balance when a fifth succeeds; the damping grows with the dimension.
        let damping = 1 + Double(dimension) / 3
        let (longer, shorter) = (Double.exp(0.8 / damping), Double.exp(-0.2 / damping))
        var parents = (0..<start.rows).map { start.row($0) }
        var values = try objective(start)
        var deviations = [Double](repeating: deviation, count: start.rows)
        var mirrored = [[Float]?](repeating: nil, count: start.rows)
        for evaluation in 0..<evaluations {
            let drawn = random["direction"][evaluation].normalTensor([dimension]).values
            let directions = mirrored.map { $0 ?? drawn }
            let children = parents.indices.map { row in
                zip(parents[row], directions[row]).map { $0 + Float(deviations[row]) * $1 }
            }
            let found = try objective(Tensor(children.flatMap(\.self), shape: start.shape))
            for row in parents.indices {
                let succeeds = found[row] < values[row]
                if succeeds { (parents[row], values[row]) = (children[row], found[row]) }
                // A mirrored direction is not mirrored again.
                mirrored[row] = succeeds || mirrored[row] != nil ? nil : drawn.map { -$0 }
                deviations[row] *= succeeds ? longer : shorter
            }
        }
        return (Tensor(parents.flatMap(\.self), shape: start.shape), values)
    }
}
