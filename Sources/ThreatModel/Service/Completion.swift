public import Tensors

/// A request for continuations.
public struct CompletionQuery: Sendable, Equatable {
    /// The beginnings, at least one token each.
    public var prompts: [[Int32]]
    /// The most tokens of a continuation; 0 to look at the prompts alone.
    public var maxTokens: Int
    /// How each token is chosen.
    public var rule: SamplingRule
    /// How many continuations of each prompt.
    public var choices = 1
    /// How many of the likeliest tokens are told at each place, from 0 to 20; `nil` for no log-probabilities at all.
    ///
    /// Log-probabilities are those after `bias`, at temperature 1.
    public var logProbabilities: Int?
    /// Whether the prompt is part of the answer, with the log-probabilities of its tokens where those are asked for.
    public var echoes = false
    /// What is added to the logits of some tokens, from −100 to 100.
    public var bias: [Int32: Float] = [:]
    /// Texts at which a continuation stops; they are not part of it.
    public var stops: [String] = []
    /// The draws: token t of choice c of prompt p is drawn with `stream[p·choices + c].uniform(t)`.
    public var stream: RandomStream
    /// What stands for p in the addresses of the draws, a number per prompt; `nil` for 0, 1, 2 and so on.
    ///
    /// So the parts of a request draw what the whole would have drawn.
    public var numbers: [Int]?
    /// What the service's own defences change; no caller can set it.
    package var restriction = CompletionRestriction()

    /// Creates a request.
    public init(
        prompts: [[Int32]], maxTokens: Int, rule: SamplingRule = .greedy, stream: RandomStream = RandomStream(seed: 0)
    ) {
        (self.prompts, self.maxTokens, self.rule, self.stream) = (prompts, maxTokens, rule, stream)
    }

    /// The temperatures that an interface takes; 0 is the likeliest token.
    public static let temperatures = 0.0...2.0

    /// Checks a temperature.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` that names `temperature`.
    package static func check(temperature: Double) throws(ThreatModelError) {
        guard temperatures.contains(temperature) else {
            throw .refused(.invalid(parameter: "temperature", "expected a number from 0 to 2, found \(temperature)"))
        }
    }

    /// A query per continuation, and the tokens of the prompts and of continuations that go on to the end.
    ///
    /// What is out of range, and will be refused, costs no less than nothing and no more than 2⁵⁰.
    var cost: QueryCost {
        let read = prompts.reduce(0) { $0 + $1.count }
        let texts = Self.product(prompts.count, choices)
        return QueryCost(queries: texts, tokens: read + Self.product(texts, maxTokens))
    }

    private static func product(_ left: Int, _ right: Int) -> Int {
        let (product, overflows) = max(0, left).multipliedReportingOverflow(by: max(0, right))
        return overflows ? 1 << 50 : min(product, 1 << 50)
    }

    /// The address of a sequence's draws; sequence p·choices + c is choice c of prompt p.
    func address(of sequence: Int) -> Int {
        guard let numbers else { return sequence }
        return numbers[sequence / choices] * choices + sequence % choices
    }
}

/// One continuation.
public struct Completion: Sendable, Equatable {
    /// Why a continuation ends.
    public enum Finish: String, Codable, Sendable {
        /// It is as long as was asked.
        case length
        /// It reached a text to stop at.
        case stop
    }

    /// The prompt that it goes on from.
    public var prompt: Int
    /// Its tokens; with `echoes`, those of the prompt first.
    public var tokens: [Int32]
    /// Its text, where the service knows the tokeniser.
    public var text: String?
    /// What the model thinks of each of `tokens`; `nil` when nobody asked, or nobody is told.
    public var places: [TokenPlace]?
    /// Why it ends.
    public var finish: Finish
    /// The tokens that were generated, those of a text that it stopped at included.
    public var generated: Int

    /// Creates a continuation.
    public init(
        prompt: Int, tokens: [Int32], text: String? = nil, places: [TokenPlace]? = nil, finish: Finish = .length,
        generated: Int
    ) {
        (self.prompt, self.tokens, self.text, self.places) = (prompt, tokens, text, places)
        (self.finish, self.generated) = (finish, generated)
    }
}

/// The log-probabilities at one place of a text, in nats.
public struct TokenPlace: Sendable, Equatable {
    /// Of the token that stands there; `nil` of a prompt's first, which nothing predicts.
    public var logProbability: Float?
    /// Of the likeliest tokens, most likely first; of equally likely ones the smaller token first.
    public var top: [RankedToken]

    /// Creates log-probabilities.
    public init(logProbability: Float?, top: [RankedToken]) {
        (self.logProbability, self.top) = (logProbability, top)
    }
}

/// A token and its log-probability in nats.
public struct RankedToken: Sendable, Equatable {
    /// The token.
    public var token: Int32
    /// Its log-probability.
    public var logProbability: Float

    /// Creates a ranked token.
    public init(token: Int32, logProbability: Float) {
        (self.token, self.logProbability) = (token, logProbability)
    }
}
