import Models
import Tensors

/// How far records are from the nearest other class of a student, by linear steps across its boundaries.
///
/// Each step takes the logits as linear and moves a record over the nearest of the planes where another class has the
/// same logit as its own.
/// - Source: Moosavi-Dezfooli, Fawzi and Frossard, "DeepFool", CVPR 2016, in L2; as active learning Ducoffe and
///   Precioso 2018.
struct DeepFool: Sendable {
    /// The most steps.
    var iterations = 10
    /// How much farther than to the plane a step goes.
    var overshoot: Float = 0.02

    /// Returns the distance between each record and where its class changes.
    ///
    /// A record that keeps its class has come as far as it is said to be; infinite where no gradient says whereto.
    /// - Shapes: records [n, width] → n numbers.
    /// - Complexity: a forward and a backward pass per class and step, of the records that still have their class.
    func distances(of records: Tensor, by student: StudentClassifier) -> [Double] {
        var distances: [Double] = []
        forEachBlock(of: records, rows: 256) { block, _ in distances += blockDistances(block, student) }
        return distances
    }

    private func blockDistances(_ records: Tensor, _ student: StudentClassifier) -> [Double] {
        let own = student.logits(records).rowArgmax()
        var (ends, isStuck) = (records, [Bool](repeating: false, count: records.rows))
        var active = Array(0..<records.rows)
        for _ in 0..<iterations where !active.isEmpty {
            var points = ends.gatherRows(active)
            let classes = active.map { own[$0] }
            let (moves, factors) = step(points, classes, student)
            points.add(moves.scaled(by: factors.map { $0 ?? 0 }))
            for (position, row) in active.enumerated() where factors[position] == nil { isStuck[row] = true }
            ends.setRows(active, points)
            let reached = student.logits(points).rowArgmax()
            active = active.indices.filter { reached[$0] == classes[$0] && factors[$0] != nil }.map { active[$0] }
        }
        let walked = ends.rowSquaredDistances(records).values
        return walked.indices.map { isStuck[$0] ? .infinity : Double(walked[$0]).squareRoot() }
    }

    /// The direction to the nearest plane of each point, and by how much of it; `nil` where all gradients vanish.
    private func step(
        _ points: Tensor, _ classes: [Int32], _ student: StudentClassifier
    ) -> (moves: Tensor, factors: [Float?]) {
        let logits = student.logits(points)
        let own = student.logitGradients(points, of: classes)
        var moves: [Tensor] = []
        var best = [(ratio: Float, other: Int, factor: Float?)](
            repeating: (.infinity, 0, nil), count: points.rows)
        for other in 0..<logits.columns {
            let repeated = [Int32](repeating: Int32(other), count: points.rows)
            let normals = student.logitGradients(points, of: repeated) - own
            let norms = normals.rowSquaredNorms()
            moves.append(normals)
            for row in classes.indices where Int(classes[row]) != other && norms[row] > 0 {
                let start = row * logits.columns
                let gap = abs(logits[start + other] - logits[start + Int(classes[row])])
                let ratio = gap / norms[row].squareRoot()
                guard ratio < best[row].ratio else { continue }
                // A record on the plane would not move at all.
                best[row] = (ratio, other, (1 + overshoot) * max(gap, 1e-6) / norms[row])
            }
        }
        let chosen = best.enumerated().map { row, best in best.other * points.rows + row }
        return (Tensor.concatenatedRows(moves).gatherRows(chosen), best.map(\.factor))
    }
}

extension Tensor {
    fileprivate func scaled(by factors: [Float]) -> Tensor {
        var result = self
        result.scaleRows(by: factors)
        return result
    }

    fileprivate mutating func setRows(_ indices: [Int], _ rows: Tensor) {
        let values = rows.values
        for (position, index) in indices.enumerated() {
            for column in 0..<columns { self[index * columns + column] = values[position * columns + column] }
        }
    }
}
