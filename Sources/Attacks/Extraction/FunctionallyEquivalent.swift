import Models
public import Tensors
public import ThreatModel

/// Rebuilds a classifier with one hidden layer of rectifiers from its logits, up to rounding.
///
/// Along a line the logits are piecewise linear, with a kink where a hidden unit switches. There the gradient jumps by a
/// multiple of the unit's weights, which tells them up to scale and sign; the signs follow from one gradient, and the
/// last layer from least squares.
/// - Source: Jagielski, Carlini, Berthelot, Kurakin and Papernot, "High accuracy and high fidelity extraction of neural
///   networks", USENIX Security 2020.
/// - Deviation: weights come from gradients on both sides of a kink instead of second differences at it; all signs are
///   solved for at once.
public struct FunctionallyEquivalent: Attack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "functionally-equivalent", summary: "A one-hidden-layer network rebuilt from the kinks of its logits.",
        paper: "Jagielski et al., USENIX Security 2020", families: ["classifier"],
        access: "logits in double precision", knowledge: "none",
        queries: "some hundreds per line, and 4·inputs + 2 or a few times that per hidden unit",
        deviations: "gradients on both sides of a kink; signs solved for at once")

    /// The most lines that are searched.
    public var lines: Int
    /// The search ends after so many lines on which nothing new was found.
    public var patience: Int
    /// How far a line is followed to either side; records are taken to be of size one or so.
    public var reach: Double

    /// Creates the attack.
    public init(lines: Int = 100, patience: Int = 5, reach: Double = 100) {
        precondition(
            lines > 0 && patience > 0 && reach > 0, "\(lines) lines, patience \(patience), reach \(reach)")
        (self.lines, self.patience, self.reach) = (lines, patience, reach)
    }

    /// Creates the attack with `lines` (100), `patience` (5) and `reach` (100).
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        lines = try settings.integer("lines", in: 1...100_000, default: 100)
        patience = try settings.integer("patience", in: 1...100_000, default: 5)
        reach = try settings.number("reach", in: 0.01...1e6, default: 100)
    }

    /// Returns the network.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier of one hidden layer, the budget is exhausted, or
    ///   what was found does not explain the logits.
    public func run(
        against victim: ClassLogits64, knowing knowledge: Knowledge, random: RandomStream
    ) throws -> OneHiddenLayer {
        let units = try self.units(victim, random["lines"])
        guard !units.isEmpty else { throw Self.incomplete(0) }
        let signs = try signs(of: units, victim, random["signs"])
        return try network(units, signs, victim, random["last"])
    }

    /// What to do when hidden units were missed.
    private static func incomplete(_ found: Int) -> ThreatModelError {
        .mismatch(
            "the \(found) hidden units that were found do not explain the logits; raise 'lines' or 'reach', "
                + "or the network has more units than classes times inputs")
    }

    /// The hidden units that random lines cross.
    private func units(_ victim: ClassLogits64, _ random: RandomStream) throws -> [HiddenUnit] {
        var (units, idle) = ([HiddenUnit](), 0)
        let inputs = try victim.inputs
        for number in 0..<lines where idle < patience {
            let line = PiecewiseLine(
                origin: random["origin"][number].normals(inputs),
                direction: random["direction"][number].normals(inputs).normalised, victim: victim)
            let before = units.count
            for place in try line.kinks(from: -reach, to: reach) {
                let point = line.point(place)
                // A point on a known unit's plane is that unit again.
                if units.contains(where: { $0.holds(point) }) { continue }
                if let unit = try HiddenUnit(at: point, on: line) { units.append(unit) }
            }
            idle = units.count == before ? idle + 1 : 0
        }
        return units
    }

    /// Whether each unit is on where its plane's side is positive, from one gradient.
    ///
    /// A unit with its weights turned round differs by a linear function, the same everywhere: the gradient at any place
    /// less that of the units as they were written is a sum of those.
    private func signs(
        of units: [HiddenUnit], _ victim: ClassLogits64, _ random: RandomStream
    ) throws -> [Bool] {
        for attempt in 0..<20 {
            let place = random[attempt].normals(try victim.inputs)
            guard let gradient = try victim.gradient(at: place, step: 1e-4) else { continue }
            let columns = units.map { $0.gradient.elements }
            let equations = RealMatrix(rows: gradient.elements.count, columns: units.count) { columns[$1][$0] }
            let active = units.indices.filter { units[$0].height(place) > 0 }
            let rest = gradient.elements.indices.map { index in
                active.reduce(-gradient.elements[index]) { $0 + columns[$1][index] }
            }
            let fit = try equations.leastSquares(RealMatrix(rest, rows: rest.count, columns: 1))
            let turned = fit.solution.elements
            guard fit.condition < 1e8, turned.allSatisfy({ min(abs($0), abs($0 - 1)) < 1e-3 }) else {
                throw Self.incomplete(units.count)
            }
            return turned.map { $0 < 0.5 }
        }
        throw Self.incomplete(units.count)
    }

    /// The network of units with their signs and a last layer by least squares, which must explain the logits.
    private func network(
        _ units: [HiddenUnit], _ isOn: [Bool], _ victim: ClassLogits64, _ random: RandomStream
    ) throws -> OneHiddenLayer {
        let signs = isOn.map { $0 ? 1.0 : -1.0 }
        let hidden = RealMatrix(rows: units.count, columns: units[0].normal.count) { signs[$0] * units[$0].normal[$1] }
        let biases = zip(signs, units).map { $0 * $1.offset }
        // Each unit is on at its own point at least, moved off its plane; random points do the rest.
        var points = zip(signs, units).map { sign, unit in
            zip(unit.point, unit.normal).map { $0 + sign * $1 }
        }
        for number in 0..<4 * units.count + 8 { points.append(random[number].normals(hidden.columns)) }
        let asked = RealMatrix(points.flatMap(\.self), rows: points.count, columns: hidden.columns)
        let empty = RealMatrix(rows: 1, columns: units.count) { _, _ in 0 }
        let body = OneHiddenLayer(hidden: hidden, hiddenBias: biases, output: empty, outputBias: [0])
        let ones = RealMatrix(rows: points.count, columns: 1) { _, _ in 1 }
        let logits = try victim.logits(asked)
        let features = body.activations(asked).joined(ones)
        let solution = try features.leastSquares(logits).solution
        guard (features * solution - logits).norm <= 1e-6 * (1 + logits.norm) else {
            throw Self.incomplete(units.count)
        }
        let output = RealMatrix(rows: logits.columns, columns: units.count) { solution[$1, $0] }
        return OneHiddenLayer(
            hidden: hidden, hiddenBias: biases, output: output, outputBias: solution.row(units.count))
    }
}
