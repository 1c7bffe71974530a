import Tensors
import ThreatModel

/// Questions of one kind, asked in one pass.
///
/// Samples and continuations are not merged: their draws are addressed by a request's own stream and places.
struct MergedQuery {
    /// What questions must have in common.
    struct Kind: Hashable {
        var model: String
        var operation: String
        var width: Int
        var hasLabels: Bool

        /// The kind of a question; `nil` when it is asked alone.
        init?(_ query: Query, model: String) {
            self.model = model
            operation = query.operation.rawValue
            hasLabels = false
            switch query {
            case .classify(let rows), .decode(let rows), .discriminate(let rows): width = rows.columns
            case .encode(let rows, let labels): (width, hasLabels) = (rows.columns, labels != nil)
            case .logits(let contexts):
                guard let length = contexts.first?.count, contexts.allSatisfy({ $0.count == length }) else {
                    return nil
                }
                width = length
            case .sample, .complete: return nil
            }
        }
    }

    /// All of them as one.
    let query: Query
    private let counts: [Int]

    /// Merges questions of one kind; `nil` when there are none.
    init?(_ queries: [Query]) {
        guard let first = queries.first else { return nil }
        counts = queries.map(\.cost.queries)
        switch first {
        case .classify: query = .classify(.concatenatedRows(queries.compactMap(\.rows)))
        case .decode: query = .decode(.concatenatedRows(queries.compactMap(\.rows)))
        case .discriminate: query = .discriminate(.concatenatedRows(queries.compactMap(\.rows)))
        case .encode(_, let labels):
            query = .encode(
                .concatenatedRows(queries.compactMap(\.rows)), labels: labels.map { _ in queries.flatMap(\.labels) })
        case .logits: query = .logits(queries.flatMap(\.contexts))
        case .sample, .complete: return nil
        }
    }

    /// Each question's part of the answer; `nil` when it has not as many rows as were asked about.
    func parts(of answer: Answer) -> [Answer]? {
        let total = counts.reduce(0, +)
        var start = 0
        func next(_ count: Int) -> Range<Int> {
            defer { start += count }
            return start..<start + count
        }
        switch answer {
        case .vectors(let rows):
            guard rows.rows == total else { return nil }
            return counts.map { .vectors(rows.gatherRows(Array(next($0)))) }
        case .classes(let classes):
            guard classes.labels.count == total, classes.probabilities.map({ $0.rows == total }) ?? true else {
                return nil
            }
            return counts.map { count in
                let range = next(count)
                return .classes(
                    ClassAnswers(
                        labels: Array(classes.labels[range]),
                        probabilities: classes.probabilities.map { $0.gatherRows(Array(range)) }))
            }
        case .completions: return nil
        }
    }
}

extension Query {
    fileprivate var rows: Tensor? {
        switch self {
        case .classify(let rows), .encode(let rows, _), .decode(let rows), .discriminate(let rows): rows
        case .sample, .complete, .logits: nil
        }
    }

    fileprivate var labels: [Int32] {
        guard case .encode(_, let labels) = self else { return [] }
        return labels ?? []
    }

    fileprivate var contexts: [[Int32]] {
        guard case .logits(let contexts) = self else { return [] }
        return contexts
    }
}
