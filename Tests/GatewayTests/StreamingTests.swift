import Foundation
import Models
import Synchronization
import Tensors
import Testing
import ThreatModel
import Wire

@testable import Gateway

/// A language model of letters that says one token per turn, and waits before a turn where it is told to.
final class Dictation: ModelService {
    private let state = Mutex<(computed: Int, asked: [CompletionQuery])>((0, []))
    private let pause: @Sendable (_ prompt: Int32, _ turn: Int) throws(ThreatModelError) -> Void

    /// Does something before each turn; what it throws ends the stream.
    init(_ pause: @escaping @Sendable (_ prompt: Int32, _ turn: Int) throws(ThreatModelError) -> Void = { _, _ in }) {
        self.pause = pause
    }

    /// The tokens that were computed.
    var computed: Int { state.withLock { $0.computed } }

    func card() -> ServiceCard {
        var card = ServiceCard(id: "dictation", family: "transformer", operations: [.complete])
        (card.vocabulary, card.context) = (100, 1000)
        return card
    }

    func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        guard case .complete(let query) = query else { throw .unsupported("this", family: "dictation") }
        var (stream, texts) = (try stream(query), GrowingCompletions())
        while let parts = try stream.next() { texts.append(parts) }
        return .completions(texts.completions)
    }

    func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
        Words(service: self, query: query)
    }

    private struct Words: CompletionStream {
        let service: Dictation
        let query: CompletionQuery
        var turn = 0
        var generated: Int { turn * query.prompts.count * query.choices }

        mutating func next() throws(ThreatModelError) -> [CompletionPart]? {
            guard turn < query.maxTokens else { return nil }
            try service.pause(query.prompts[0][0], turn)
            turn += 1
            service.state.withLock { $0.computed += query.prompts.count * query.choices }
            return (0..<query.prompts.count * query.choices).map { index in
                let places = query.logProbabilities.map { _ in [TokenPlace(logProbability: -1.5, top: [])] }
                let added = Completion(
                    prompt: index / query.choices, tokens: [Int32(turn)], places: places, generated: 1)
                return CompletionPart(index: index, added: added, isLast: turn == query.maxTokens)
            }
        }
    }
}

/// What a test waits for; whoever waits too long is told, and the test fails.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func pass() throws(ThreatModelError) {
        guard semaphore.wait(timeout: .now() + 60) == .success else { throw .mismatch("nobody opened the gate") }
    }
}

@Suite("Completions that come token by token")
struct StreamingTests {
    private func front(_ service: any ModelService, accounts: Accounts = Accounts()) -> Front {
        Front([ServedModel(id: "dictation", service)], accounts: accounts)
    }

    private func body(_ prompt: Int, _ count: Int, _ more: String = "") -> String {
        #"{"prompt": [\#(prompt)], "max_tokens": \#(count), "stream": true\#(more)}"#
    }

    /// Begins a stream.
    private func begin(_ front: Front, _ body: String, key: String? = nil) async throws -> CompletionEvents {
        let reply = await front.ask("/v1/completions", body, key: key)
        guard case .events(let events) = reply.body else {
            throw ThreatModelError.mismatch("\(reply.status): \(String(decoding: reply.data, as: UTF8.self))")
        }
        #expect(reply.status == 200 && reply.contentType.hasPrefix("text/event-stream"))
        return events
    }

    /// The fields of each event.
    private func lines(_ data: Data) -> [String] {
        String(decoding: data, as: UTF8.self).split(separator: "\n\n").map(String.init)
    }

    private func choices(_ lines: [String]) throws -> [CompletionResponse.Choice] {
        try lines.filter { $0.hasPrefix("data: {") }.flatMap {
            try JSONDecoder().decode(CompletionResponse.self, from: Data($0.dropFirst(6).utf8)).choices
        }
    }

    private func all(_ events: CompletionEvents) async -> [String] {
        var lines: [String] = []
        for await data in events { lines += self.lines(data) }
        return lines
    }

    @Test("An event is there before the next token is computed")
    func incremental() async throws {
        let gate = Gate()
        let service = Dictation { _, turn throws(ThreatModelError) in if turn > 0 { try gate.pass() } }
        let events = try await begin(front(service), body(1, 4, #", "stream_options": {"include_usage": true}"#))
        var reader = events.makeAsyncIterator()
        for turn in 1...4 {
            let told = try choices(lines(try #require(await reader.next())))
            // The model waits in the next turn until this event was read.
            #expect(service.computed == turn)
            #expect(told.map { $0.tokens?.ids } == [[Int32(turn)]] && told[0].text == (turn > 1 ? " \(turn)" : "1"))
            #expect(told[0].finishReason == (turn == 4 ? "length" : nil))
            gate.open()
        }
        let end = lines(try #require(await reader.next()))
        #expect(end.count == 2 && end[1] == "data: [DONE]" && end[0].contains(#""total_tokens":5"#))
        #expect(await reader.next() == nil)
    }

    @Test("Streams take turns: a short one ends while a long one waits, and choices come by their index")
    func turns() async throws {
        let (first, rest) = (Gate(), Gate())
        let service = Dictation { prompt, turn throws(ThreatModelError) in
            // The long stream waits until the short one is there, and again until that was read to its end.
            if prompt == 1, turn == 1 { try first.pass() }
            if prompt == 1, turn == 10 { try rest.pass() }
        }
        let front = front(service)
        let long = try await begin(front, body(1, 50, #", "n": 2"#))
        async let short = begin(front, body(2, 3))
        while front.batcher.length < 2 { try await Task.sleep(for: .milliseconds(1)) }
        first.open()
        let brief = try choices(await all(try await short))
        #expect(brief.map { $0.tokens?.ids ?? [] } == [[1], [2], [3]])
        #expect(service.computed <= 2 * 10 + 3)
        rest.open()
        #expect(try choices(await all(long)).map(\.index) == (0..<50).flatMap { _ in [0, 1] })
    }

    @Test(
        "Nothing is computed for a client that has left, and its account pays for what was", arguments: [true, false])
    func disconnect(isToldSo: Bool) async throws {
        let gate = Gate()
        let service = Dictation { prompt, turn throws(ThreatModelError) in
            if prompt == 1, turn > 0 { try gate.pass() }
        }
        let key = APIKey.random()
        var ring = KeyRing()
        try ring.add(.init(name: "alice", hash: key.hash, tokens: 1000))
        let accounts = try Accounts(ring)
        let front = front(service, accounts: accounts)
        // The reader's side goes out of scope, or the server says that the connection is closed.
        do {
            let events = try await begin(front, body(1, 900), key: key.secret)
            var reader = events.makeAsyncIterator()
            _ = await reader.next()
            if isToldSo { events.channel.abandon() }
        }
        // Nothing holds the model back any more, so that only who asks for no more can end it.
        for _ in 0..<900 { gate.open() }
        // The thread is free: it had computed a second token when it learned that nobody reads.
        let next = try await begin(front, body(2, 3), key: key.secret)
        #expect(await all(next).last == "data: [DONE]")
        #expect(service.computed <= 2 + 3)
        // One token was read and at most two written, then one and three; of 1000 at least 993 are left.
        for (count, status) in [(994, 429), (992, 200)] {
            #expect(await front.ask("/v1/completions", body(3, count), key: key.secret).status == status, "\(count)")
        }
    }

    @Test("What goes wrong before the first token is told by the status, and costs nothing")
    func refused() async throws {
        let service = Dictation { _, _ throws(ThreatModelError) in
            throw .refused(.invalid(parameter: "prompt", "expected another"))
        }
        let allowance = KeyRing.Entry(name: "any", hash: APIKey.random().hash, tokens: 10)
        let front = front(service, accounts: try Accounts(sharedBy: allowance))
        for _ in 0..<3 {
            let reply = await front.ask("/v1/completions", body(1, 9))
            #expect(try reply.status == 400 && reply.decoded(ErrorBody.self).error.param == "prompt")
        }
        #expect(front.inFlight == 0)
    }

    @Test("What goes wrong in mid-stream is an event, nothing follows it, and what was computed is charged")
    func failing() async throws {
        let service = Dictation { prompt, turn throws(ThreatModelError) in
            if prompt == 1, turn == 2 { throw .refused(.overBudget("enough")) }
        }
        let allowance = KeyRing.Entry(name: "any", hash: APIKey.random().hash, tokens: 10)
        let front = front(service, accounts: try Accounts(sharedBy: allowance))
        let told = await all(try await begin(front, body(1, 9)))
        #expect(told.count == 3 && told[2].hasPrefix("event: error\ndata: {\"error\":{"))
        #expect(told[2].contains("enough") && !told.contains("data: [DONE]"))
        // One token was read and two written, so that seven are left.
        #expect(await front.ask("/v1/completions", body(2, 7)).status == 429)
        #expect(await all(try await begin(front, body(2, 6))).last == "data: [DONE]")
        #expect(front.inFlight == 0)
    }

    @Test("A number that JSON cannot say ends a stream as an error, with a status where nothing was told")
    func unspeakable() async throws {
        for (first, status) in [(0, 422), (1, 200)] {
            let front = front(Unspeakable(from: first))
            let reply = await front.ask("/v1/completions", body(1, 5, #", "logprobs": 0"#))
            #expect(reply.status == status)
            guard case .events(let events) = reply.body else { continue }
            let told = await all(events)
            #expect(told.count == 2 && told[1].hasPrefix("event: error\n"))
        }
    }

    /// A model whose log-probabilities are no numbers from some turn on.
    private struct Unspeakable: ModelService {
        let base = Dictation()
        let first: Int
        init(from first: Int) { self.first = first }
        func card() -> ServiceCard { base.card() }
        func answer(_ query: Query) throws(ThreatModelError) -> Answer { try base.answer(query) }
        func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
            Stream(base: try base.stream(query), left: first)
        }
        struct Stream: CompletionStream {
            var base: any CompletionStream
            var left: Int
            var generated: Int { base.generated }
            mutating func next() throws(ThreatModelError) -> [CompletionPart]? {
                left -= 1
                return try base.next()?.map { part in
                    var part = part
                    if left < 0 {
                        part.added.places = part.added.places?.map { .init(logProbability: .nan, top: $0.top) }
                    }
                    return part
                }
            }
        }
    }

    @Test("A stream is the answer in pieces, through the defences of its model as well")
    func pieces() async throws {
        let network = Transformer(vocabulary: 12, context: 16, layers: 1, heads: 2, width: 8)
        let base = LocalService(Model(untrained: .transformer(network), RandomStream(seed: 3)))
        let material = DefenceMaterial(random: RandomStream(seed: 1))
        for defences in [[], ["rounding=1", "top-k=2"], ["labels-only"], ["noise=0.3"]] {
            let protection = Protection(defences: try defences.map { try DefenceSpec($0).defence(material) })
            let front = Front([ServedModel(id: "tiny", base, protection: protection)])
            let asked =
                #""prompt": [[1, 2], [3], [4, 5]], "max_tokens": 6, "n": 2, "seed": 4, "logprobs": 5, "echo": true"#
            let whole = try await front.ask("/v1/completions", "{\(asked)}").decoded(CompletionResponse.self)
            let told = try choices(await all(try await begin(front, #"{\#(asked), "stream": true}"#)))
            for choice in whole.choices {
                let own = told.filter { $0.index == choice.index }
                #expect(own.map(\.text).joined() == choice.text && own.last?.finishReason == choice.finishReason)
                #expect(own.flatMap { $0.tokens?.ids ?? [] } == choice.tokens?.ids)
                #expect(own.flatMap { $0.logprobs?.tokenLogprobs ?? [] } == choice.logprobs?.tokenLogprobs ?? [])
                #expect(own.flatMap { $0.logprobs?.topLogprobs ?? [] } == choice.logprobs?.topLogprobs ?? [])
                #expect(own.flatMap { $0.logprobs?.textOffset ?? [] } == choice.logprobs?.textOffset ?? [])
                #expect(own.count > 6)
            }
        }
    }

    @Test("A service that stops tells its streams so, and no more texts are under way than may be")
    func bounded() async throws {
        var limits = Limits()
        limits.texts = 3
        let service = Dictation()
        let model = ServedModel(id: "dictation", service)
        func job(_ texts: Int) throws -> (Batcher.Job, PartChannel.Parts) {
            let query = CompletionQuery(prompts: Array(repeating: [1], count: texts), maxTokens: 2)
            let payment = try StreamedPayment(for: query, by: Account(.anonymous()), at: 0)
            let (channel, parts) = PartChannel.open(payment) { _ in AccessRecord() }
            return (
                Batcher.Job(model: model, account: "a", query: .complete(query), receiver: .parts(channel)), parts
            )
        }
        let made = try [2, 2, 1, 9].map(job)
        var (turns, jobs) = (CompletionTurns(most: limits.texts), made.map(\.0))
        turns.take(from: &jobs)
        // The second does not fit, and the third does not overtake it.
        #expect(turns.count == 1 && jobs.count == 3)
        for _ in 0..<3 { turns.advance() }
        #expect(turns.count == 0)
        turns.take(from: &jobs)
        #expect(turns.count == 2 && jobs.count == 1)
        for _ in 0..<3 { turns.advance() }
        // One that is larger than the limit is alone.
        turns.take(from: &jobs)
        #expect(turns.count == 1 && jobs.isEmpty)
        turns.close()
        await #expect(throws: ThreatModelError.self) { for try await _ in made[3].1 {} }
    }
}
