import Datasets
public import ThreatModel

/// The answer to `POST /v1/completions`; of a stream, one event.
public struct CompletionResponse: Codable, Sendable, Equatable {
    /// A name for the answer.
    public var id: String
    /// Always `text_completion`.
    public var object = "text_completion"
    /// When, in seconds since 1970.
    public var created: Int
    /// The model.
    public var model: String
    /// The continuations, prompt after prompt.
    public var choices: [Choice]
    /// What it cost; absent from the events of a stream but the last that was asked for.
    public var usage: Usage?

    /// Creates an answer.
    public init(id: String, created: Int, model: String, choices: [Choice], usage: Usage?) {
        (self.id, self.created, self.model, self.choices, self.usage) = (id, created, model, choices, usage)
    }

    /// The tokens that were read and written.
    public struct Usage: Codable, Sendable, Equatable {
        /// The tokens of the prompts.
        public var promptTokens: Int
        /// The tokens that were generated.
        public var completionTokens: Int
        /// Both.
        public var totalTokens: Int

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens"
            case completionTokens = "completion_tokens"
            case totalTokens = "total_tokens"
        }

        /// Counts prompts and continuations.
        public init(_ query: CompletionQuery, _ completions: [Completion]) {
            promptTokens = query.prompts.reduce(0) { $0 + $1.count }
            completionTokens = completions.reduce(0) { $0 + $1.generated }
            totalTokens = promptTokens + completionTokens
        }
    }

    /// One continuation.
    public struct Choice: Codable, Sendable, Equatable {
        /// Its text; of a model without tokeniser the numbers of its tokens, separated by spaces.
        public var text: String
        /// Its place among all.
        public var index: Int
        /// What the model thinks of each token.
        public var logprobs: LogProbabilities?
        /// Why it ends; `nil` in the events of a stream but the last.
        public var finishReason: String?
        /// The tokens by number, and log-probabilities by number: what a text cannot tell apart.
        public var tokens: TokenDetails?

        enum CodingKeys: String, CodingKey {
            case text, index, logprobs, tokens
            case finishReason = "finish_reason"
        }

        /// Writes every key: clients expect `logprobs` and `finish_reason` to be there, if null.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(text, forKey: .text)
            try container.encode(index, forKey: .index)
            try container.encode(logprobs, forKey: .logprobs)
            try container.encode(finishReason, forKey: .finishReason)
            try container.encodeIfPresent(tokens, forKey: .tokens)
        }

        /// Writes a continuation.
        ///
        /// - Parameters:
        ///   - completion: the continuation.
        ///   - index: its place among all.
        ///   - name: the text of one token.
        public init(_ completion: Completion, index: Int, name: (Int32) -> String) {
            self.index = index
            text = completion.text ?? completion.tokens.map { "\($0)" }.joined(separator: " ")
            finishReason = completion.finish.rawValue
            logprobs = completion.places.map { LogProbabilities(completion.tokens, $0, name) }
            tokens = TokenDetails(completion)
        }
    }

    /// Log-probabilities by the texts of tokens.
    public struct LogProbabilities: Codable, Sendable, Equatable {
        /// The text of each token.
        public var tokens: [String]
        /// Its log-probability; `nil` of a prompt's first.
        public var tokenLogprobs: [Float?]
        /// The likeliest tokens at its place; of two with one text, the likelier.
        public var topLogprobs: [[String: Float]?]
        /// Where each token begins, in characters.
        public var textOffset: [Int]

        enum CodingKeys: String, CodingKey {
            case tokens
            case tokenLogprobs = "token_logprobs"
            case topLogprobs = "top_logprobs"
            case textOffset = "text_offset"
        }

        init(_ numbers: [Int32], _ places: [TokenPlace], _ name: (Int32) -> String) {
            tokens = numbers.map(name)
            tokenLogprobs = places.map(\.logProbability)
            topLogprobs = places.map { place in
                guard place.logProbability != nil else { return nil }
                return Dictionary(place.top.map { (name($0.token), $0.logProbability) }) { first, _ in first }
            }
            textOffset = tokens.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.unicodeScalars.count) }.dropLast()
        }
    }

    /// Tokens and log-probabilities by number.
    public struct TokenDetails: Codable, Sendable, Equatable {
        /// The prompt's place.
        public var prompt: Int
        /// The tokens.
        public var ids: [Int32]
        /// How many were generated.
        public var generated: Int
        /// The log-probability of each; `nil` without log-probabilities.
        public var logprobs: [Float?]?
        /// The likeliest tokens at each place.
        public var topIds: [[Int32]]?
        /// Their log-probabilities.
        public var topLogprobs: [[Float]]?

        enum CodingKeys: String, CodingKey {
            case prompt, ids, generated, logprobs
            case topIds = "top_ids"
            case topLogprobs = "top_logprobs"
        }

        init(_ completion: Completion) {
            (prompt, ids, generated) = (completion.prompt, completion.tokens, completion.generated)
            logprobs = completion.places?.map(\.logProbability)
            topIds = completion.places?.map { $0.top.map(\.token) }
            topLogprobs = completion.places?.map { $0.top.map(\.logProbability) }
        }

        var places: [TokenPlace]? {
            guard let logprobs, let topIds, let topLogprobs else { return nil }
            return logprobs.indices.map { place in
                TokenPlace(
                    logProbability: logprobs[place],
                    top: zip(topIds[place], topLogprobs[place]).map { RankedToken(token: $0, logProbability: $1) })
            }
        }
    }

    /// The continuations as a service in this process would have answered them.
    ///
    /// - Parameter hasText: whether the service knows the tokeniser.
    /// - Returns: `nil` when the answer is not from a gateway of ours.
    public func completions(hasText: Bool) -> [Completion]? {
        let found = choices.sorted { $0.index < $1.index }.compactMap { choice -> Completion? in
            guard let details = choice.tokens,
                let finish = choice.finishReason.flatMap(Completion.Finish.init(rawValue:))
            else { return nil }
            return Completion(
                prompt: details.prompt, tokens: details.ids, text: hasText ? choice.text : nil, places: details.places,
                finish: finish, generated: details.generated)
        }
        return found.count == choices.count ? found : nil
    }
}
