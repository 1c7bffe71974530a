import Tensors
import ThreatModel

/// A query in parts of bounded size, and how their answers make the whole's.
///
/// The parts are the batches that a ``ThreatModel/LocalService`` computes in, so that not even the rounding of matrix
/// products tells a query in parts from a whole one. What is not well formed stays whole: it is refused as such.
struct QueryPieces {
    /// The most records of a request.
    static let rows = 256
    /// The most texts or contexts of a request.
    static let texts = 64

    /// The parts, in order.
    let queries: [Query]
    /// Of completions, the prompts of each part.
    private let prompts: [[Int]]

    /// Divides a query.
    ///
    /// Samples stay whole, whatever their number: they are one stream's draws.
    init(_ query: Query) {
        switch query {
        case .classify(let rows): self.init(Self.ranges(rows.rows).map { .classify(rows.rows($0)) }, or: query)
        case .decode(let rows): self.init(Self.ranges(rows.rows).map { .decode(rows.rows($0)) }, or: query)
        case .discriminate(let rows): self.init(Self.ranges(rows.rows).map { .discriminate(rows.rows($0)) }, or: query)
        case .encode(let rows, let labels): self.init(Self.encodings(rows, labels), or: query)
        case .logits(let contexts):
            let isSound = Set(contexts.map(\.count)).count == 1
            let ranges = isSound ? Self.ranges(contexts.count, Self.texts) : []
            self.init(ranges.map { .logits(Array(contexts[$0])) }, or: query)
        case .complete(let completions): self.init(completions)
        case .sample: self.init([], or: query)
        }
    }

    private init(_ queries: [Query], or whole: Query) {
        self.init(queries.count > 1 ? queries : [whole], of: [])
    }

    private init(_ queries: [Query], of prompts: [[Int]]) { (self.queries, self.prompts) = (queries, prompts) }

    private static func encodings(_ rows: Tensor, _ labels: [Int32]?) -> [Query] {
        guard let labels else { return ranges(rows.rows).map { .encode(rows.rows($0)) } }
        guard labels.count == rows.rows else { return [] }
        return ranges(rows.rows).map { .encode(rows.rows($0), labels: Array(labels[$0])) }
    }

    private static func ranges(_ count: Int, _ most: Int = rows) -> [Range<Int>] {
        stride(from: 0, to: count, by: most).map { $0..<min($0 + most, count) }
    }

    /// Divides completions: a part has whole batches, and a batch has prompts of one length.
    private init(_ query: CompletionQuery) {
        let isSound =
            (1...128).contains(query.choices) && (query.numbers?.count ?? query.prompts.count) == query.prompts.count
        let parts = isSound ? Self.parts(query) : []
        guard parts.count > 1 else {
            self.init([], or: .complete(query))
            return
        }
        let queries = parts.map { part in
            var piece = query
            piece.prompts = part.map { query.prompts[$0] }
            piece.numbers = part.map { query.numbers?[$0] ?? $0 }
            return Query.complete(piece)
        }
        self.init(queries, of: parts)
    }

    private static func parts(_ query: CompletionQuery) -> [[Int]] {
        let batch = max(1, texts / query.choices)
        let lengths = Dictionary(grouping: query.prompts.indices) { query.prompts[$0].count }
        let batches = lengths.sorted { $0.key < $1.key }.flatMap { _, prompts in
            ranges(prompts.count, batch).map { Array(prompts[$0]) }
        }
        return batches.reduce(into: [[Int]]()) { parts, batch in
            if let last = parts.last, (last.count + batch.count) * query.choices <= texts {
                parts[parts.count - 1] += batch
            } else {
                parts.append(batch)
            }
        }
    }

    /// Makes one answer of the parts' answers.
    ///
    /// - Throws: ``ThreatModelError`` when one is of another kind or size than its question's.
    func joined(_ answers: [Answer]) throws(ThreatModelError) -> Answer {
        if prompts.isEmpty, answers.count == 1 { return answers[0] }
        switch queries[0] {
        case .complete: return .completions(try completions(answers))
        case .classify: return .classes(try classes(answers))
        default: return .vectors(try rows(answers))
        }
    }

    private func rows(_ answers: [Answer]) throws(ThreatModelError) -> Tensor {
        var parts: [Tensor] = []
        for answer in answers {
            guard case .vectors(let rows) = answer else { throw .unreadable("rows of numbers, found another answer") }
            parts.append(rows)
        }
        return try Self.concatenated(parts)
    }

    private static func concatenated(_ parts: [Tensor]) throws(ThreatModelError) -> Tensor {
        let widths = Set(parts.map { $0.shape.dropFirst() })
        guard widths.count == 1 else { throw .unreadable("rows of one width, found \(widths.count)") }
        return Tensor.concatenatedRows(parts)
    }

    private func classes(_ answers: [Answer]) throws(ThreatModelError) -> ClassAnswers {
        var (labels, rows): ([Int32], [Tensor]) = ([], [])
        for answer in answers {
            guard case .classes(let part) = answer else { throw .unreadable("classes, found another answer") }
            labels += part.labels
            if let probabilities = part.probabilities { rows.append(probabilities) }
        }
        guard rows.isEmpty || rows.count == answers.count else {
            throw .unreadable("probabilities of all records or of none, found those of some")
        }
        return ClassAnswers(labels: labels, probabilities: rows.isEmpty ? nil : try Self.concatenated(rows))
    }

    private func completions(_ answers: [Answer]) throws(ThreatModelError) -> [Completion] {
        var found: [Completion] = []
        for (part, answer) in zip(prompts, answers) {
            guard case .completions(let texts) = answer else { throw .unreadable("texts, found another answer") }
            for var text in texts {
                guard part.indices.contains(text.prompt) else {
                    throw .unreadable("a prompt from 0 to \(part.count - 1), found \(text.prompt)")
                }
                text.prompt = part[text.prompt]
                found.append(text)
            }
        }
        // Texts of one prompt come from one part, in order, and the sort is stable.
        return found.sorted { $0.prompt < $1.prompt }
    }
}

extension ThreatModelError {
    /// An answer that is not what the interface promises.
    static func unreadable(_ text: String) -> ThreatModelError {
        .refused(.transport("expected of the service \(text); it may be no gateway of ours, or another version"))
    }
}
