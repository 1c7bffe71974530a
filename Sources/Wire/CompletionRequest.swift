public import Datasets
import Tensors
public import ThreatModel

/// The body of `POST /v1/completions`.
///
/// As OpenAI's, but that token numbers are this model's own and a prompt may be given as text only where the service
/// knows the model's tokeniser. What would change an answer and is not supported is refused, never ignored.
public struct CompletionRequest: Codable, Sendable, Equatable {
    /// The model; the only one served when absent.
    public var model: String?
    /// The beginnings.
    public var prompt: Prompt?
    /// The most tokens of a continuation; 16 when absent.
    public var maxTokens: Int?
    /// What logits are divided by, from 0 (the likeliest token) to 2; 1 when absent.
    public var temperature: Double?
    /// The probability that the kept tokens must reach, above 0 and at most 1; 1 when absent.
    public var topP: Double?
    /// How many of the likeliest tokens are kept, an addition to the interface; all when absent.
    public var topK: Int?
    /// The continuations of each prompt; 1 when absent.
    public var n: Int?
    /// The likeliest tokens told at each place, from 0 to 20; none when absent.
    public var logprobs: Int?
    /// Whether the prompt is part of the answer.
    public var echo: Bool?
    /// What is added to the logits, by token.
    public var logitBias: [String: Double]?
    /// Where a continuation stops: at most four texts.
    public var stop: Stop?
    /// Whether tokens come one by one as server-sent events.
    public var stream: Bool?
    /// What a stream tells besides.
    public var streamOptions: StreamOptions?
    /// The seed of the draws; a new one when absent.
    public var seed: Int64?
    /// A stream's name in hexadecimal instead of a seed: an addition, by which our clients address draws.
    public var drawStream: String?
    /// The numbers that prompts have in the draws; an addition, by which a part of a request draws as the whole.
    public var drawNumbers: [Int]?
    /// Who asks; not used.
    public var user: String?

    /// What a stream tells besides.
    public struct StreamOptions: Codable, Sendable, Equatable {
        /// Whether a last event tells the usage.
        public var includeUsage: Bool?

        enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
    }

    /// Texts or tokens, one or several.
    public enum Prompt: Codable, Sendable, Equatable {
        /// Texts.
        case texts([String])
        /// Tokens.
        case tokens([[Int32]])

        /// Reads any of the four forms.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            // Each form is tried in turn; what is none of them is told by the last.
            if let text = try? container.decode(String.self) {
                self = .texts([text])
            } else if let texts = try? container.decode([String].self), !texts.isEmpty {
                self = .texts(texts)
            } else if let tokens = try? container.decode([Int32].self) {
                self = .tokens([tokens])
            } else {
                self = .tokens(try container.decode([[Int32]].self))
            }
        }

        /// Writes a list.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .texts(let texts): try container.encode(texts)
            case .tokens(let tokens): try container.encode(tokens)
            }
        }
    }

    /// One text, or several.
    public struct Stop: Codable, Sendable, Equatable {
        /// The texts.
        public var texts: [String]

        /// Creates a list.
        public init(texts: [String]) { self.texts = texts }

        /// Reads a text or a list.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                texts = [text]
            } else {
                texts = try container.decode([String].self)
            }
        }

        /// Writes a list.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(texts)
        }
    }

    enum CodingKeys: String, CodingKey {
        case model, prompt, temperature, n, logprobs, echo, stop, stream, seed, user
        case maxTokens = "max_tokens"
        case topP = "top_p"
        case topK = "top_k"
        case logitBias = "logit_bias"
        case streamOptions = "stream_options"
        case drawStream = "draw_stream"
        case drawNumbers = "draw_numbers"
    }

    /// Writes a query for a model.
    public init(_ query: CompletionQuery, model: String?) {
        self.model = model
        prompt = .tokens(query.prompts)
        (maxTokens, n, logprobs, echo) = (query.maxTokens, query.choices, query.logProbabilities, query.echoes)
        temperature = Double(query.rule.temperature)
        (topP, topK) = (query.rule.topP, query.rule.topK)
        logitBias =
            query.bias.isEmpty
            ? nil
            : Dictionary(uniqueKeysWithValues: query.bias.map { ("\($0.key)", Double($0.value)) })
        stop = query.stops.isEmpty ? nil : Stop(texts: query.stops)
        drawStream = String(query.stream.name, radix: 16)
        drawNumbers = query.numbers
    }

    /// Reads the query.
    ///
    /// - Throws: ``WireError`` that names the parameter.
    public func query(_ tokeniser: Tokeniser?, defaultSeed: UInt64) throws(WireError) -> CompletionQuery {
        var query = CompletionQuery(
            prompts: try prompts(tokeniser), maxTokens: maxTokens ?? 16, rule: try rule(),
            stream: try draws(defaultSeed))
        query.choices = n ?? 1
        query.logProbabilities = logprobs
        query.echoes = echo ?? false
        query.numbers = drawNumbers
        for (key, bias) in logitBias ?? [:] {
            guard let token = Int32(key) else {
                throw .invalid("logit_bias", "expected numbers of tokens, found '\(key)'")
            }
            query.bias[token] = Float(bias)
        }
        query.stops = stop?.texts ?? []
        guard query.stops.count <= 4, query.stops.allSatisfy({ !$0.isEmpty }) else {
            throw .invalid("stop", "expected at most four texts, none of them empty")
        }
        guard query.stops.isEmpty || tokeniser != nil else {
            throw .invalid("stop", "the served model has no tokeniser, so it writes no text to stop at; remove it")
        }
        return query
    }

    private func prompts(_ tokeniser: Tokeniser?) throws(WireError) -> [[Int32]] {
        switch prompt {
        case nil: throw .invalid("prompt", "expected a text, tokens, or a list of either, found none")
        case .tokens(let tokens): return tokens
        case .texts(let texts):
            guard let tokeniser else {
                throw .invalid("prompt", "the served model has no tokeniser; expected numbers of tokens, found text")
            }
            return tokeniser.encode(texts)
        }
    }

    private func rule() throws(WireError) -> SamplingRule {
        let (temperature, topP) = (temperature ?? 1, topP ?? 1)
        do throws(ThreatModelError) {
            try CompletionQuery.check(temperature: temperature)
        } catch {
            throw WireError(error)
        }
        guard topP > 0, topP <= 1 else { throw .invalid("top_p", "expected above 0 and at most 1, found \(topP)") }
        guard topK.map({ $0 > 0 }) ?? true else { throw .invalid("top_k", "expected 1 or more, found \(topK ?? 0)") }
        // What is too cold to divide by is the likeliest token.
        guard temperature > 1e-6 else { return .greedy }
        return SamplingRule(temperature: Float(temperature), topK: topK, topP: topP)
    }

    private func draws(_ defaultSeed: UInt64) throws(WireError) -> RandomStream {
        guard let drawStream else {
            return RandomStream(seed: seed.map { UInt64(bitPattern: $0) } ?? defaultSeed)["completions"]
        }
        guard let name = UInt64(drawStream, radix: 16) else {
            throw .invalid("draw_stream", "expected a hexadecimal number of 64 bits, found '\(drawStream)'")
        }
        return RandomStream(named: name)
    }
}
