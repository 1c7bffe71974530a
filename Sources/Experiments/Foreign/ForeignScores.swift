import Datasets
public import Foundation
public import Tensors

/// Scores of any attack with the truth, from a file: what an audit reads.
///
/// Safetensors with `scores` [C] and `truth` [C] (0 or 1), and optionally `selection_scores` [D] and `selection_truth` [D],
/// on which thresholds are chosen; or a file `*.csv` whose header names the columns `score` and `truth`. Higher scores mean
/// member; infinite ones are allowed.
public struct ForeignScores: Sendable, Equatable {
    /// Scores and which of them are members'.
    public struct Labelled: Sendable, Equatable {
        /// One per candidate.
        public var scores: [Double]
        /// Whether each candidate was in the training set.
        public var truth: [Bool]
    }

    /// What is counted.
    public let counted: Labelled
    /// What thresholds are chosen on, if it is apart.
    public let selection: Labelled?

    /// Reads a file.
    ///
    /// - Throws: ``ForeignFileError``, or `DatasetError` for a CSV file, when it cannot be read or has not the form above.
    public init(contentsOf url: URL) throws {
        if url.pathExtension.lowercased() == "csv" {
            self.init(counted: try Self.table(url))
            return
        }
        try self.init(try Safetensors(foreign: url))
    }

    /// Checks the arrays.
    ///
    /// - Throws: ``ForeignFileError`` when they have not the form above.
    public init(_ file: Safetensors) throws(ForeignFileError) {
        counted = try Self.labelled(file, "scores", "truth")
        let names = ["selection_scores", "selection_truth"]
        switch names.map({ file.arrays[$0] != nil }) {
        case [true, true]: selection = try Self.labelled(file, names[0], names[1])
        case [true, false]: throw .unpaired(names[0], with: names[1])
        case [false, true]: throw .unpaired(names[1], with: names[0])
        default: selection = nil
        }
    }

    private init(counted: Labelled) {
        (self.counted, selection) = (counted, nil)
    }

    private static func labelled(
        _ file: Safetensors, _ scores: String, _ truth: String
    ) throws(ForeignFileError) -> Labelled {
        guard let values = file.arrays[scores] else { throw .needed(scores, attack: "an audit") }
        guard let labels = file.arrays[truth] else { throw .needed(truth, attack: "an audit") }
        guard values.shape.count == 1, values.shape[0] > 0 else {
            throw .shape(scores, expected: "[C of 1 or more]", found: values.shape)
        }
        guard labels.shape == values.shape else {
            throw .shape(truth, expected: "\(values.shape)", found: labels.shape)
        }
        let bits = labels.doubles
        try ForeignArrays.Domain.bit.check(bits, in: bits.indices, of: truth)
        return Labelled(scores: values.doubles, truth: bits.map { $0 == 1 })
    }

    private static func table(_ url: URL) throws -> Labelled {
        let table = try CSVTable.table(at: url)
        func column(_ name: String) throws -> Int {
            guard let index = table.header.firstIndex(of: name) else {
                throw DatasetError.malformed(
                    path: url.path, expected: "the columns score and truth",
                    found: table.header.joined(separator: ", "))
            }
            return index
        }
        let (score, truth) = (try column("score"), try column("truth"))
        func cell(_ row: Int, _ column: Int, _ expected: String) throws -> Double {
            let text = table.rows[row][column]
            guard let value = Double(text) else {
                throw DatasetError.malformed(path: url.path, expected: "\(expected) in row \(row + 1)", found: text)
            }
            return value
        }
        return Labelled(
            scores: try table.rows.indices.map { try cell($0, score, "a number as score") },
            truth: try table.rows.indices.map { row in
                let value = try cell(row, truth, "0 or 1 as truth")
                guard value == 0 || value == 1 else {
                    throw DatasetError.malformed(
                        path: url.path, expected: "0 or 1 as truth in row \(row + 1)", found: table.rows[row][truth])
                }
                return value == 1
            })
    }
}
