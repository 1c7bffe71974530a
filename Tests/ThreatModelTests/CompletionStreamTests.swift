import Datasets
import Models
import Tensors
import Testing

@testable import ThreatModel

@Suite struct CompletionStreamTests {
    private typealias Tiny = TinyTransformer

    /// All that a stream tells, call by call.
    private func turns(_ service: any ModelService, _ query: CompletionQuery) throws -> [[CompletionPart]] {
        var stream = try service.stream(query)
        var turns: [[CompletionPart]] = []
        while let parts = try stream.next() { turns.append(parts) }
        return turns
    }

    private func joined(_ turns: [[CompletionPart]]) -> [Completion] {
        var texts = GrowingCompletions()
        for parts in turns { texts.append(parts) }
        return texts.completions
    }

    private func answer(_ service: any ModelService, _ query: CompletionQuery) throws -> [Completion] {
        guard case .completions(let texts) = try service.answer(.complete(query)) else {
            throw ThreatModelError.mismatch("no texts")
        }
        return texts
    }

    /// Prompts of three lengths, drawn and told.
    private var query: CompletionQuery {
        var query = CompletionQuery(
            prompts: Tiny.prompts(3, length: 2) + Tiny.prompts(2, length: 4) + Tiny.prompts(1, length: 1), maxTokens: 5,
            rule: SamplingRule(temperature: 0.9), stream: RandomStream(seed: 8)["draws"])
        (query.logProbabilities, query.choices) = (3, 2)
        return query
    }

    /// Requests that use all there is to ask.
    private var queries: [CompletionQuery] {
        var (plain, echoed, stopped, both, read) = (query, query, query, query, query)
        plain.logProbabilities = nil
        (echoed.echoes, echoed.bias) = (true, [3: 1.5, 7: -100])
        stopped.stops = ["b", "gh", "kaf"]
        (both.stops, both.echoes) = (["ab", "f"], true)
        (read.maxTokens, read.echoes, read.choices) = (0, true, 1)
        return [plain, query, echoed, stopped, both, read]
    }

    @Test("The parts of a stream make the whole answer, bit for bit, with and without a tokeniser")
    func parts() throws {
        for tokeniser in [nil, try Tiny.tokeniser()] {
            let service = LocalService(Tiny.model, tokeniser: tokeniser)
            for query in queries {
                let whole = try answer(service, query)
                let turns = try turns(service, query)
                #expect(joined(turns) == whole)
                for index in whole.indices {
                    let own = turns.joined().filter { $0.index == index }
                    #expect(own.map(\.isLast) == own.map { _ in false }.dropLast() + [true])
                }
            }
        }
        let service = LocalService(Tiny.model, tokeniser: try Tiny.tokeniser())
        #expect(try answer(service, queries[3]).contains { $0.finish == .stop })
    }

    @Test("Each call computes one token of each text, prompts of all lengths in turns by their number")
    func order() throws {
        let service = LocalService(Tiny.model)
        var stream = try service.stream(query)
        for turn in 1...5 {
            let parts = try #require(try stream.next())
            #expect(parts.filter { !$0.added.tokens.isEmpty }.map(\.index) == Array(0..<12))
            #expect(parts.allSatisfy { $0.added.tokens.count == ($0.isLast ? 0 : 1) })
            #expect(parts.filter(\.isLast).count == (turn == 5 ? 12 : 0))
            #expect(stream.generated == 12 * turn)
        }
        #expect(try stream.next() == nil && stream.generated == 60)
    }

    @Test("No more than 64 texts grow at once, and those that wait are answered alike")
    func width() throws {
        var query = query
        query.prompts = Tiny.prompts(70, length: 3) + Tiny.prompts(5, length: 2)
        (query.choices, query.maxTokens) = (1, 2)
        let service = LocalService(Tiny.model)
        let turns = try turns(service, query)
        #expect(turns.map { parts in parts.count { !$0.added.tokens.isEmpty } }.max() ?? 65 <= 64)
        #expect(try joined(turns) == answer(service, query))
    }

    @Test("A token is kept back while a text to stop at may have begun, and no token after such a text is told")
    func stops() throws {
        let service = LocalService(Tiny.model, tokeniser: try Tiny.tokeniser())
        var query = query
        let open = try answer(service, query)
        // Two characters that are written for certain, the first of which must not be told.
        query.stops = [String(try #require(open[0].text).dropFirst().prefix(2)), "never"]
        let whole = try answer(service, query)
        #expect(whole[0].finish == .stop && whole[0].tokens.count <= 1)
        var stream = try service.stream(query)
        var told = whole.map { _ in (tokens: [Int32](), text: "") }
        var isDelayed = false
        while let parts = try stream.next() {
            for part in parts {
                told[part.index].tokens += part.added.tokens
                told[part.index].text += part.added.text ?? ""
            }
            for (now, end) in zip(told, whole) {
                #expect(end.tokens.starts(with: now.tokens) && end.text?.hasPrefix(now.text) == true)
            }
            isDelayed = isDelayed || told.reduce(0) { $0 + $1.tokens.count } < stream.generated
        }
        #expect(isDelayed && whole != open)
    }

    @Test("Parts of characters are told with the token that ends them, or at the end")
    func characters() throws {
        // 🦑 is four bytes, of which each is a token.
        let tokeniser = Tokeniser.bytePairs(
            try BytePairTokeniser(corpus: TextCorpus(documents: [.init(name: "", text: "xyxy")]), merges: 1))
        let tokens = tokeniser.encode(["a🦑b"])[0]
        var pieces = TextPieces(tokeniser)
        let told = tokens.map { pieces.add([$0]) }
        #expect(told == ["a", "", "", "", "🦑", "b"] && pieces.rest(of: "a🦑b") == "")
        pieces = TextPieces(tokeniser)
        #expect(tokens.prefix(3).map { pieces.add([$0]) } == ["a", "", ""])
        #expect(pieces.rest(of: try tokeniser.decode(tokens.prefix(3))) == "\u{FFFD}")
    }

    @Test("What is not well formed is refused as in a whole answer")
    func refused() {
        var query = query
        query.maxTokens = 100
        #expect(throws: ThreatModelError.self) { try LocalService(Tiny.model).stream(query) }
        #expect(throws: ThreatModelError.self) { try LocalService(ServedKinds.classifier).stream(self.query) }
    }

    private enum ServedKinds {
        static let classifier = Model(
            untrained: .classifier(Classifier(inputs: 2, hidden: [2], classes: 2)), RandomStream(seed: 1))
    }

    // MARK: Defences

    /// Every defence that changes completions, with numbers that do change something.
    static let defences = [
        "rounding": "rounding=1", "probability-rounding": "probability-rounding=1", "top-k": "top-k=2",
        "labels-only": "labels-only", "noise": "noise=0.5", "temperature": "temperature=3",
        "ngram-filter": "ngram-filter=2", "no-logit-bias": "no-logit-bias",
    ]

    @Test("No defence is bypassed by a stream: its parts make the defended answer")
    func defended() throws {
        let known = DefenceSpec.cards.filter { $0.touches.contains(.complete) }.map(\.id)
        #expect(Set(known) == Set(Self.defences.keys))
        let material = DefenceMaterial(
            random: RandomStream(seed: 5), trainingTexts: try answer(LocalService(Tiny.model), query).map(\.tokens))
        let open = LocalService(Tiny.model, tokeniser: try Tiny.tokeniser())
        for id in known {
            let service = try open.defended(try #require(Self.defences[id]), material: material)
            for var query in queries {
                if id == "no-logit-bias" { query.bias = [:] }
                let turns = try turns(service, query)
                #expect(try joined(turns) == answer(service, query), "\(id)")
                // Nothing was held back either.
                if query.stops.isEmpty { #expect(turns.count >= max(1, query.maxTokens - 1), "\(id)") }
            }
            guard id != "no-logit-bias" else { continue }
            let (told, undefended) = (joined(try turns(service, query)), joined(try turns(open, query)))
            #expect(told != undefended, "\(id) changes nothing")
        }
        let all = try open.defended("temperature=2", "noise=0.2", "top-k=2", "rounding=2", material: material)
        let (told, whole) = (joined(try turns(all, query)), try answer(all, query))
        #expect(told == whole)
    }

    @Test("A bias is refused before anything is told, and so is an operation that a defence hides")
    func hidden() throws {
        var query = query
        query.bias = [1: 5]
        let service = try LocalService(Tiny.model).defended("no-logit-bias")
        #expect(throws: ThreatModelError.self) { try service.stream(query) }
        #expect(throws: ThreatModelError.self) { try DefendedService(LocalService(Tiny.model), [Mute()]).stream(query) }
    }

    /// A defence that hides completions.
    private struct Mute: OutputDefence {
        static let card = DefenceCard(
            id: "mute", summary: "", paper: "", touches: [.complete], hides: [.complete], leaves: "")
        init() {}
        init(_ values: [Double], _ material: DefenceMaterial) {}
    }

    /// A defence that tells nothing of texts of which any has a certain token; it must see the whole answer.
    private struct Censor: OutputDefence {
        static let card = DefenceCard(id: "censor", summary: "", paper: "", touches: [.complete], leaves: "")
        var token: Int32
        init(_ token: Int32) { self.token = token }
        init(_ values: [Double], _ material: DefenceMaterial) { token = 0 }
        func defended(_ answer: Answer, to query: Query) -> Answer {
            guard case .completions(var texts) = answer, texts.contains(where: { $0.tokens.contains(token) }) else {
                return answer
            }
            for index in texts.indices { (texts[index].tokens, texts[index].places) = ([], []) }
            return .completions(texts)
        }
    }

    @Test("A defence that does not say that it acts token by token holds the answer back until it is whole")
    func heldBack() throws {
        let open = LocalService(Tiny.model)
        let late = try #require(try answer(open, query).compactMap { $0.tokens.last }.first)
        let service = DefendedService(open, [Censor(late)])
        let turns = try turns(service, query)
        #expect(try turns.count == 1 && joined(turns) == answer(service, query))
        let leaked = joined(turns).flatMap(\.tokens)
        #expect(leaked.isEmpty)
    }

    // MARK: Monitors and accounts

    @Test("A stream is watched before its first token is told, whoever leaves, and a refused one is not seen")
    func watched() throws {
        let specs = [try MonitorSpec("bias-coverage=1")]
        let watches = try AccountWatches(specs, MonitorMaterial(random: RandomStream(seed: 1)))
        let service = MonitoredService(LocalService(Tiny.model), watches["a"], policy: .block)
        var query = query
        query.bias = [1: 0.5]
        var first = try service.stream(query)
        #expect(watches["a"].report.queries == 0)
        #expect(try first.next() != nil)
        #expect(watches["a"].report.queries == 12 && !watches["a"].isAlarmed)
        query.maxTokens = 100
        #expect(throws: ThreatModelError.self) { try service.stream(query) }
        #expect(watches["a"].report.queries == 12)
        query.maxTokens = 5
        query.bias = [2: 0.5]
        var second = try service.stream(query)
        // Its first token is there, and is not told.
        #expect(throws: ThreatModelError.self) { try second.next() }
        #expect(second.generated == 12 && watches["a"].isAlarmed)
        // The account is blocked, its open streams included.
        #expect(throws: ThreatModelError.self) { try first.next() }
        #expect(throws: ThreatModelError.self) { try service.stream(query) }
    }

    @Test("An account pays for what was computed of a stream that it lets go of, and in full for one that ends")
    func accounted() throws {
        let account = Account(.init(name: "a", hash: APIKey("k").hash), at: 0)
        let service = AccountedService(LocalService(Tiny.model), account: account) { 0 }
        let read = 2 * 3 + 4 * 2 + 1
        do {
            var stream = try service.stream(query)
            #expect(account.spent.tokens == read + 60)
            _ = try stream.next()
            _ = try stream.next()
        }
        #expect(account.spent == QueryCost(queries: 12, tokens: read + 24))
        _ = try turns(service, query)
        #expect(account.spent == QueryCost(queries: 24, tokens: 2 * read + 84))
        #expect(throws: ThreatModelError.self) {
            var query = query
            query.maxTokens = 100
            _ = try service.stream(query)
        }
        // Nothing was told of it, so that it costs nothing.
        do { _ = try service.stream(query) }
        #expect(account.spent == QueryCost(queries: 24, tokens: 2 * read + 84))
    }
}
