import Attacks
import Tensors
import ThreatModel

/// The answers of a classifier in a file, and the attacks that read them.
extension ForeignArrays {
    /// How far a distribution may be from a sum of 1.
    private static let tolerance = 1e-3

    /// The victim's class distributions, [C, K].
    ///
    /// - Throws: ``ForeignFileError`` when they are not there or a row is no distribution.
    func classProbabilities() throws(ForeignFileError) -> Tensor {
        let rows = try distributions("probabilities")
        return Tensor(rows.joined().map { Float($0) }, shape: [rows.count, rows[0].count])
    }

    /// The candidates' classes.
    ///
    /// - Throws: ``ForeignFileError`` when they are not there or one is none of the probabilities' classes.
    func classLabels() throws(ForeignFileError) -> [Int32] {
        let classes = try array("probabilities").shape[1]
        return try numbers("labels", .whole(0...classes - 1)).map { Int32($0) }
    }

    /// The shadows' class distributions, and which shadow saw which candidate.
    ///
    /// - Throws: ``ForeignFileError`` when they are not there or a row is no distribution.
    func shadowAnswers() throws -> ShadowAnswers {
        let rows = try distributions("shadow_probabilities")
        let membership = try self.rows("membership", .bit).map { $0.map { $0 == 1 } }
        let (candidates, classes) = (membership[0].count, rows[0].count)
        let answers = stride(from: 0, to: rows.count, by: candidates).map { start in
            Tensor(rows[start..<start + candidates].joined().map { Float($0) }, shape: [candidates, classes])
        }
        return try ShadowAnswers(probabilities: answers, membership: membership)
    }

    private func distributions(_ name: String) throws(ForeignFileError) -> [[Double]] {
        let rows = try rows(name, .probability)
        let sums = rows.map { $0.reduce(0, +) }
        if let row = sums.firstIndex(where: { abs($0 - 1) > Self.tolerance }) {
            throw .sum(name, row: row, found: sums[row])
        }
        return rows
    }
}

extension Correctness: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        let (probabilities, labels) = (try arrays.classProbabilities(), try arrays.classLabels())
        let predicted = (0..<probabilities.rows).map { record in
            let row = probabilities.row(record)
            return row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 } - row.startIndex
        }
        return try Self.scores(predicted: predicted.map { Int32($0) }, labels: labels)
    }
}

extension PredictionEntropy: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        Self.scores(probabilities: try arrays.classProbabilities())
    }
}

extension ModifiedEntropy: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        try Self.scores(
            probabilities: try arrays.classProbabilities(), labels: try arrays.classLabels(),
            shadows: classwise ? try arrays.shadowAnswers() : nil)
    }
}

extension MLLeaks3: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        Self.scores(probabilities: try arrays.classProbabilities(), statistic: statistic)
    }
}
