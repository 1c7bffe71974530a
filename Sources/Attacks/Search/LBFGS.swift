public import Tensors

/// The limited-memory quasi-Newton method, for many independent problems at once.
///
/// Each row is a problem with a history, a direction and a step of its own; all of them are evaluated together, once an
/// iteration, so that an evaluation is one pass of a network over a batch. A row whose trial point descends enough
/// moves there; another shortens its step and tries again in the next iteration. A row that no step improves forgets
/// its history, and when steepest descent does not help it either it rests. No row's course depends on another's.
/// - Source: Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation 1980; Liu and
///   Nocedal 1989.
/// - Deviation: a step need only descend enough (Armijo), not flatten the slope (Wolfe); instead a pair enters the
///   history only when its curvature is positive.
public struct LBFGS: Sendable {
    /// Values and gradients of a batch of points.
    public typealias Objective = (Tensor) throws -> (values: [Double], gradients: Tensor)

    /// The most evaluations of a problem after the first.
    public var iterations: Int
    /// How many pairs of steps and changes of the gradient are remembered.
    public var memory: Int

    /// Creates the method.
    public init(iterations: Int, memory: Int = 10) {
        precondition(iterations >= 0 && memory > 0, "\(iterations) iterations, memory of \(memory)")
        (self.iterations, self.memory) = (iterations, memory)
    }

    /// Returns the lowest points that were found, and their values.
    ///
    /// - Shapes: start [problems, dimension]; of the objective, values [problems] and gradients as start.
    /// - Throws: what the objective throws. Values that are not finite count as too high.
    /// - Complexity: `iterations` + 1 evaluations, and O(problems·memory·dimension) beside each.
    public func minimise(_ start: Tensor, _ objective: Objective) throws -> (points: Tensor, values: [Double]) {
        let first = try objective(start)
        var problems = (0..<start.rows).map { row in
            Problem(at: start.row(row), first.values[row], first.gradients.row(row), memory: memory)
        }
        for _ in 0..<iterations where problems.contains(where: { !$0.isAtRest }) {
            let trial = Tensor(problems.flatMap(\.trial), shape: start.shape)
            let (values, gradients) = try objective(trial)
            for row in problems.indices { problems[row].consider(values[row], gradients.row(row)) }
        }
        return (Tensor(problems.flatMap { $0.point.map { Float($0) } }, shape: start.shape), problems.map(\.value))
    }
}

/// One problem: where it stands, what it remembers, and what it tries next.
private struct Problem {
    private(set) var point: [Double]
    private(set) var value: Double
    private(set) var isAtRest = false
    private var gradient: [Double]
    private var direction: [Double] = []
    private var slope = 0.0
    private var step = 0.0
    private var attempts = 0
    private var pairs: [(step: [Double], change: [Double], inverse: Double)] = []
    private let memory: Int

    /// How much of the descent that the slope promises is enough.
    private static let enough = 1e-4
    /// How many steps are tried along a direction.
    private static let patience = 12

    init(at point: [Float], _ value: Double, _ gradient: [Float], memory: Int) {
        (self.point, self.value, self.memory) = (point.map(Double.init), value, memory)
        self.gradient = gradient.map(Double.init)
        aim()
    }

    /// The point to evaluate next; at rest, where it stands.
    var trial: [Float] { zip(point, direction).map { Float($0 + step * $1) } }

    /// Moves to the trial point if it is low enough, and shortens the step if not.
    mutating func consider(_ found: Double, _ foundGradient: [Float]) {
        guard !isAtRest else { return }
        guard found.isFinite, found <= value + Problem.enough * step * slope else { return shorten(found) }
        // The trial point is what was evaluated, after rounding to single precision.
        let reached = trial.map(Double.init)
        let changed = foundGradient.map(Double.init)
        remember(zip(reached, point).map { $0 - $1 }, zip(changed, gradient).map { $0 - $1 })
        (point, value, gradient) = (reached, found, changed)
        aim()
    }

    private mutating func remember(_ moved: [Double], _ change: [Double]) {
        let curvature = inner(moved, change)
        let scale = (inner(moved, moved) * inner(change, change)).squareRoot()
        guard curvature > 1e-8 * scale else { return }
        pairs.append((moved, change, 1 / curvature))
        if pairs.count > memory { pairs.removeFirst() }
    }

    /// To the minimum of the parabola through value, slope and the value found, between a tenth and a half.
    private mutating func shorten(_ found: Double) {
        attempts += 1
        guard attempts < Problem.patience else {
            if pairs.isEmpty {
                rest()
            } else {
                pairs = []
                aim()
            }
            return
        }
        let bend = 2 * (found - value - step * slope)
        let share = found.isFinite && bend > 0 ? -step * slope / bend : 0.1
        step *= min(max(share, 0.1), 0.5)
    }

    private mutating func aim() {
        attempts = 0
        direction = quasiNewtonDirection()
        slope = inner(direction, gradient)
        if slope >= 0 {
            pairs = []
            direction = gradient.map { -$0 }
            slope = -inner(gradient, gradient)
        }
        guard slope < 0, slope.isFinite else { return rest() }
        // Without curvature nothing is known of the length of a step; a length of one at most is a start.
        step = pairs.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
    }

    private mutating func rest() { (isAtRest, step) = (true, 0) }

    /// −H·gradient by the two-loop recursion, H₀ scaled by the newest pair.
    private func quasiNewtonDirection() -> [Double] {
        var q = gradient
        var weights: [Double] = []
        for pair in pairs.reversed() {
            let weight = pair.inverse * inner(pair.step, q)
            weights.append(weight)
            add(pair.change, times: -weight, to: &q)
        }
        if let newest = pairs.last {
            let scale = 1 / (newest.inverse * inner(newest.change, newest.change))
            for index in q.indices { q[index] *= scale }
        }
        for (pair, weight) in zip(pairs, weights.reversed()) {
            add(pair.step, times: weight - pair.inverse * inner(pair.change, q), to: &q)
        }
        return q.map { -$0 }
    }
}

private func inner(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
}

private func add(_ a: [Double], times factor: Double, to b: inout [Double]) {
    for index in a.indices { b[index] += factor * a[index] }
}
