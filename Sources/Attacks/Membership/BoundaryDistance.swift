import Models
public import Tensors
public import ThreatModel

/// Measures how far a record is from the nearest point that the victim classifies otherwise, by labels alone.
///
/// A walk along the boundary: bisect to it, estimate its normal from the labels of random neighbours, step along the
/// normal, bisect again. Every step asks for a block of candidates at once.
/// - Source: Choquette-Choo, Tramèr, Carlini and Papernot, ICML 2021; Li and Zhang, CCS 2021. The walk is HopSkipJump of
///   Chen, Jordan and Wainwright, S&P 2020, in L2 without a target class.
/// - Deviation: the walk starts at the nearest other candidate that the victim calls otherwise, instead of at noise; all
///   candidates share the random directions; the step size is the largest of a fixed number of halvings that succeeds,
///   so that every candidate costs the same; the nearest point found counts, not the last.
public struct BoundaryDistance: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "boundary-hopskipjump", summary: "The distance to the decision boundary by HopSkipJump; 0 if wrong.",
        paper: "Choquette-Choo et al., ICML 2021; Chen et al., S&P 2020", families: ["classifier"], access: "labels",
        knowledge: "candidates with labels", queries: "a few hundred per candidate, the same for each",
        deviations: "starts at the nearest candidate of another label; the same random directions for all")

    /// The number of steps along the boundary.
    public var iterations: Int
    /// The random neighbours of the first step; step t asks for √t times as many.
    public var evaluations: Int
    /// The halvings of the interval in a search for the boundary.
    public var bisections: Int
    /// The step sizes that are tried, each half the one before.
    public var sizes: Int
    /// Whether features are kept in [0, 1].
    public var clip: Bool

    /// Creates the attack.
    public init(
        iterations: Int = 4, evaluations: Int = 50, bisections: Int = 12, sizes: Int = 6, clip: Bool = true
    ) {
        precondition(
            iterations >= 0 && evaluations > 0 && bisections > 0 && sizes > 0,
            "\(iterations) iterations of \(evaluations) evaluations, \(bisections) bisections, \(sizes) sizes")
        (self.iterations, self.evaluations, self.bisections) = (iterations, evaluations, bisections)
        (self.sizes, self.clip) = (sizes, clip)
    }
    /// Creates the attack with `iterations`, `evaluations`, `bisections`, `sizes` and `clip`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        iterations = try settings.integer("iterations", in: 0...1000, default: 4)
        evaluations = try settings.integer("evaluations", in: 1...100_000, default: 50)
        bisections = try settings.integer("bisections", in: 1...100, default: 12)
        sizes = try settings.integer("sizes", in: 1...100, default: 6)
        clip = try settings.flag("clip", default: true)
    }

    /// How many labels the game asks for per candidate: its own, and those of the walk.
    public var queriesPerCandidate: Int {
        (1...max(iterations, 1)).prefix(iterations).reduce(1 + bisections) { $0 + neighbours($1) + sizes + bisections }
    }

    private func neighbours(_ iteration: Int) -> Int {
        Int((Double(evaluations) * Double(iteration).squareRoot()).rounded())
    }

    /// Returns, for each record of a block, the smallest distance to a point of another label that the walk finds.
    ///
    /// A record that is its own start has distance 0; `ask` labels points, shape [n, D].
    /// - Shapes: records [C, D], labels [C], starts [C, D], each start being of another label; distances [C].
    /// - Complexity: ``queriesPerCandidate`` − 1 labels per record.
    public func scores(
        _ records: Tensor, labels: [Int32], starts: Tensor, random: RandomStream, ask: (Tensor) throws -> [Int32]
    ) rethrows -> [Double] {
        var walk = BoundaryWalk(records: records, labels: labels, points: starts, clip: clip)
        try walk.bisect(bisections, ask)
        var best = walk.distances
        for iteration in 1...max(iterations, 1) where iteration <= iterations {
            let directions = random["directions"][iteration].normalTensor([neighbours(iteration), records.columns])
            // The first radius is the paper's tenth of the range; later ones shrink with the distance.
            let radii = walk.distances.map { iteration == 1 ? 0.1 : Float($0) / Float(records.columns) }
            let normals = try walk.normals(directions.withUnitRows(), radii: radii, ask)
            let largest = walk.distances.map { Float($0 / Double(iteration).squareRoot()) }
            try walk.step(along: normals, sizes: (0..<sizes).map { 1 / Float(1 << min($0, 62)) }, of: largest, ask)
            try walk.bisect(bisections, ask)
            best = zip(best, walk.distances).map(min)
        }
        return best
    }

    /// The nearest candidate that the victim does not call by a record's label; `nil` when it calls all of them so.
    ///
    /// A record that is classified wrongly is its own.
    private func starts(
        _ block: Range<Int>, _ features: Tensor, _ norms: Tensor, _ predicted: [Int32], _ labels: [Int32]
    ) -> [Int?] {
        let products = matmul(features.rows(block), features, transposing: .right)
        return block.map { record in
            if predicted[record] != labels[record] { return record }
            let row = products.row(record - block.lowerBound)
            let others = predicted.indices.filter { predicted[$0] != labels[record] }
            return others.min { norms[$0] - 2 * row[$0] < norms[$1] - 2 * row[$1] }
        }
    }

    /// Plays against the victim.
    ///
    /// Where the victim calls all candidates alike there is nothing to start from; those of that label then get the
    /// diagonal of the unit cube, above the zero of all others.
    public func run(against victim: LabelsOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let labels = try knowledge.requiredLabels(Self.card.id)
        let features = try knowledge.requiredFeatures(Self.card.id)
        let predicted = try victim.labels(knowledge.candidates)
        let norms = features.rowSquaredNorms()
        var scores: [Double] = []
        // Bounds the memory of a step: all neighbours of a block are asked at once.
        for first in stride(from: 0, to: features.rows, by: 64) {
            let block = first..<min(first + 64, features.rows)
            let starts = starts(block, features, norms, predicted, labels)
            let points = features.gatherRows(zip(block, starts).map { $1 ?? $0 })
            let distances = try self.scores(
                features.rows(block), labels: Array(labels[block]), starts: points, random: random
            ) { try victim.labels(Records(features: $0)) }
            scores += zip(starts, distances).map { start, distance in
                start == nil ? Double(features.columns).squareRoot() : distance
            }
        }
        return MembershipScores(scores)
    }
}

/// The state of a walk along the boundary: one point of another label per record.
private struct BoundaryWalk {
    let records: Tensor
    let labels: [Int32]
    var points: Tensor
    let clip: Bool

    /// ‖point − record‖ of each record.
    var distances: [Double] { points.rowSquaredDistances(records).values.map { Double($0).squareRoot() } }

    private var width: Int { records.columns }

    /// Asks for the labels of `count` points per record, and returns which are others than the record's.
    private func areOthers(_ asked: Tensor, _ count: Int, _ ask: (Tensor) throws -> [Int32]) rethrows -> [Bool] {
        try ask(asked).enumerated().map { $1 != labels[$0 / count] }
    }

    /// Makes `count` points per record, from its number, the point's number and a column.
    private func made(_ count: Int, _ value: (_ record: Int, _ number: Int, _ column: Int) -> Float) -> Tensor {
        var values: [Float] = []
        values.reserveCapacity(labels.count * count * width)
        for record in labels.indices {
            for number in 0..<count {
                for column in 0..<width {
                    let made = value(record, number, column)
                    values.append(clip ? min(1, max(0, made)) : made)
                }
            }
        }
        return Tensor(values, shape: [labels.count * count, width])
    }

    /// Moves each point towards its record, as far as the label stays another.
    mutating func bisect(_ times: Int, _ ask: (Tensor) throws -> [Int32]) rethrows {
        var (low, high) = ([Float](repeating: 0, count: labels.count), [Float](repeating: 1, count: labels.count))
        let (records, ends) = (self.records.values, points.values)
        func blend(_ shares: [Float]) -> Tensor {
            made(1) { record, _, column in
                let index = record * width + column
                return records[index] + shares[record] * (ends[index] - records[index])
            }
        }
        for _ in 0..<times {
            let middle = zip(low, high).map { ($0 + $1) / 2 }
            for (record, isOther) in try areOthers(blend(middle), 1, ask).enumerated() {
                if isOther { high[record] = middle[record] } else { low[record] = middle[record] }
            }
        }
        let bisected = blend(high)
        // What was not moved stays exactly what it was: a blend may round.
        for record in labels.indices where high[record] < 1 {
            for index in record * width..<(record + 1) * width { points[index] = bisected[index] }
        }
    }

    /// Estimates the boundary's normal at each point, towards other labels, from the labels of neighbours.
    ///
    /// - Shapes: directions [n, D] of unit length, radii [C]; normals [C, D] of unit length, or zero.
    func normals(_ directions: Tensor, radii: [Float], _ ask: (Tensor) throws -> [Int32]) rethrows -> Tensor {
        let (count, points, directions) = (directions.rows, self.points.values, directions.values)
        let neighbours = made(count) { record, number, column in
            points[record * width + column] + radii[record] * directions[number * width + column]
        }
        let isOther = try areOthers(neighbours, count, ask)
        let normals = labels.indices.map { record in
            let own = record * count..<(record + 1) * count
            let signs = isOther[own].map { Float($0 ? 1 : -1) }
            let mean = signs.reduce(0, +) / Float(count)
            // All on one side: the mean itself says where.
            let weights = abs(mean) == 1 ? signs : signs.map { $0 - mean }
            var sum = matmul(Tensor(weights, shape: [1, count]), neighbours.rows(own))
            sum.add(self.points.rows(record..<record + 1), times: -weights.reduce(0, +))
            return sum
        }
        return Tensor.concatenatedRows(normals).withUnitRows()
    }

    /// Moves each point by the largest of some shares of `largest` along its normal that keeps the label another.
    mutating func step(
        along normals: Tensor, sizes: [Float], of largest: [Float], _ ask: (Tensor) throws -> [Int32]
    ) rethrows {
        let (points, normals) = (self.points.values, normals.values)
        let moved = made(sizes.count) { record, number, column in
            let index = record * width + column
            return points[index] + largest[record] * sizes[number] * normals[index]
        }
        let isOther = try areOthers(moved, sizes.count, ask)
        for record in labels.indices {
            let own = record * sizes.count..<(record + 1) * sizes.count
            guard let chosen = own.first(where: { isOther[$0] }) else { continue }
            for (column, value) in moved.row(chosen).enumerated() { self.points[record * width + column] = value }
        }
    }
}

extension Tensor {
    /// Returns the rows divided by their lengths; rows of zeros stay so.
    fileprivate func withUnitRows() -> Tensor {
        let lengths = rowSquaredNorms().values.map { $0.squareRoot() }
        let values = values.enumerated().map { index, value in
            let length = lengths[index / columns]
            return length > 0 ? value / length : 0
        }
        return Tensor(values, shape: shape)
    }
}
