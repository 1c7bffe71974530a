import Tensors
import Testing

@testable import Client
@testable import ThreatModel

@Suite struct QueryPiecesTests {
    @Test("Records go out in order, at most 256 a request, with their labels")
    func rows() throws {
        let labels = (0..<600).map { Int32($0) }
        let pieces = QueryPieces(.encode(ServedModels.rows, labels: labels)).queries
        let parts = pieces.compactMap { piece -> (Tensor, [Int32])? in
            guard case .encode(let rows, let labels?) = piece else { return nil }
            return (rows, labels)
        }
        #expect(parts.map(\.0.rows) == [256, 256, 88])
        #expect(parts.flatMap(\.1) == labels)
        #expect(Tensor.concatenatedRows(parts.map(\.0)) == ServedModels.rows)
    }

    @Test("A request that fits goes out as it is")
    func whole() {
        let query = Query.complete(CompletionQuery(prompts: [[1], [2, 3]], maxTokens: 2))
        #expect(QueryPieces(query).queries == [query])
        let samples = Query.sample(count: 10_000, stream: RandomStream(seed: 1))
        #expect(QueryPieces(samples).queries == [samples])
    }

    @Test("What is not well formed stays whole, to be refused as such")
    func malformed() {
        let ragged = Query.logits(Array(repeating: [1], count: 100) + [[1, 2]])
        let short = Query.encode(ServedModels.rows, labels: [1])
        #expect(QueryPieces(ragged).queries == [ragged])
        #expect(QueryPieces(short).queries == [short])
    }

    @Test("A request has at most 64 texts, in batches of one length, and each prompt keeps its number")
    func prompts() throws {
        for query in ServedModels.completions {
            let parts = QueryPieces(.complete(query)).queries.compactMap { piece -> CompletionQuery? in
                if case .complete(let part) = piece { part } else { nil }
            }
            #expect(parts.count > 1)
            let batch = 64 / query.choices
            for part in parts {
                #expect(part.prompts.count * query.choices <= 64)
                #expect(try #require(part.numbers).map { query.prompts[$0] } == part.prompts)
                let lengths = part.prompts.map(\.count)
                #expect(lengths == lengths.sorted())
            }
            #expect(parts.flatMap { $0.numbers ?? [] }.sorted() == Array(query.prompts.indices))
            // The parts of a length begin where the batches of the whole begin.
            for length in Set(query.prompts.map(\.count)) {
                let counts = parts.map { $0.prompts.count { $0.count == length } }.filter { $0 > 0 }
                #expect(counts.dropLast().allSatisfy { $0 % batch == 0 })
            }
        }
    }

    @Test("Answers of another kind or size than their questions' are refused")
    func strangeAnswers() throws {
        let pieces = QueryPieces(.classify(ServedModels.rows))
        let told = Answer.classes(ClassAnswers(labels: [1], probabilities: .zeros([1, 2])))
        let hidden = Answer.classes(ClassAnswers(labels: [1]))
        #expect(try pieces.joined([hidden, hidden, hidden]) == .classes(ClassAnswers(labels: [1, 1, 1])))
        #expect(throws: ThreatModelError.self) { try pieces.joined([told, hidden, told]) }
        #expect(throws: ThreatModelError.self) { try pieces.joined([told, .vectors(.zeros([1, 2])), told]) }
        let rows = QueryPieces(.decode(ServedModels.codes))
        #expect(throws: ThreatModelError.self) {
            try rows.joined([.vectors(.zeros([1, 2])), .vectors(.zeros([1, 3])), .vectors(.zeros([1, 2]))])
        }
    }
}
