import Models
public import Tensors
public import ThreatModel

/// Reads all logits through the log-probabilities of the likeliest tokens, which a bias decides on.
///
/// With the same bias on a reference token and on k − 1 others, those k are the likeliest, and the differences of their
/// log-probabilities are those of their logits: the normaliser and the bias cancel. So each context takes
/// (vocabulary − 1)/(k − 1) queries, rounded up, and what is known is each logit less the reference's.
/// - Source: Carlini et al., ICML 2024.
/// - Deviation: the reference is biased as well, so that one and the same token serves in every context.
public struct BiasedLogitSVD: LastLayerAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "logit-svd-top-k",
        summary: "Hidden width and last layer from the likeliest tokens' log-probabilities under a logit bias.",
        paper: "Carlini et al., ICML 2024", families: ["transformer"], access: "completions", knowledge: "none",
        queries: "(vocabulary − 1)/(k − 1) per context, rounded up",
        deviations: "no refinement to an orthogonal map; the reference token is biased as well")

    /// What is asked about.
    public var contexts: RandomContexts
    /// The number of tokens that an answer tells, from 2 to 20.
    public var top: Int
    /// What is added to the logits of the tokens that are asked about; a large one costs digits of the answer.
    public var bias: Double

    /// Creates the attack.
    public init(contexts: RandomContexts = RandomContexts(), top: Int = 20, bias: Double = 40) {
        precondition((2...20).contains(top) && bias > 0 && bias <= 100, "top \(top), bias \(bias)")
        (self.contexts, self.top, self.bias) = (contexts, top, bias)
    }

    /// Creates the attack with the settings of ``RandomContexts``, `top` (20) and `bias` (40).
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        contexts = try RandomContexts(&settings)
        top = try settings.integer("top", in: 2...20, default: 20)
        bias = try settings.number("bias", in: 0.1...100, default: 40)
    }

    /// The queries that a context takes.
    public func queriesPerContext(vocabulary: Int) -> Int { (vocabulary - 1 + top - 2) / (top - 1) }

    /// Returns the last layer, the reference being token 0.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no language model, its answers hide a token in spite of the
    ///   bias, there are too few contexts of the length, or the budget is exhausted.
    public func run(
        against victim: Completions, knowing knowledge: Knowledge, random: RandomStream
    ) throws -> LastLayer {
        let logits = try logits(of: victim, random)
        return try LogitSVD.lastLayer(logits, tokens: Array(0..<Int32(logits.columns)), reference: 0)
    }

    /// The logits less that of token 0, [contexts, vocabulary].
    func logits(of victim: Completions, _ random: RandomStream) throws(ThreatModelError) -> RealMatrix {
        let card = try victim.card
        let asked = try contexts.drawn(for: card, random["contexts"])
        let vocabulary = card.vocabulary ?? 0
        var logits = RealMatrix(rows: asked.count, columns: vocabulary) { _, _ in 0 }
        for start in stride(from: 1, to: vocabulary, by: top - 1) {
            let tokens = start..<min(start + top - 1, vocabulary)
            var row = 0
            for prompts in contexts.requests(asked) {
                for differences in try self.differences(of: tokens, after: prompts, victim) {
                    for (token, difference) in zip(tokens, differences) { logits[row, token] = difference }
                    row += 1
                }
            }
        }
        return logits
    }

    /// The logits of some tokens less that of token 0, for each prompt.
    private func differences(
        of tokens: Range<Int>, after prompts: [[Int32]], _ victim: Completions
    ) throws(ThreatModelError) -> [[Double]] {
        var query = CompletionQuery(prompts: prompts, maxTokens: 1)
        query.logProbabilities = top
        query.bias = Dictionary(uniqueKeysWithValues: ([0] + Array(tokens)).map { (Int32($0), Float(bias)) })
        let answers = try victim.complete(query)
        guard answers.count == prompts.count else {
            throw .refused(.transport("expected \(prompts.count) completions, found \(answers.count)"))
        }
        var result: [[Double]] = []
        for answer in answers {
            let told = Self.logProbabilities(answer.places?.first)
            let reference = try value(of: 0, in: told)
            var row: [Double] = []
            for token in tokens { row.append(try value(of: Int32(token), in: told) - reference) }
            result.append(row)
        }
        return result
    }

    private func value(of token: Int32, in told: [Int32: Double]) throws(ThreatModelError) -> Double {
        if let value = told[token] { return value }
        throw .mismatch(
            "token \(token) is not among the \(top) likeliest that the interface tells, in spite of a bias of \(bias); "
                + "raise 'bias' or lower 'top', or the interface ignores the bias")
    }

    /// Log-probabilities by token; a defence that rounds probabilities to zero leaves −∞, of which as much is kept as
    /// single precision holds.
    private static func logProbabilities(_ place: TokenPlace?) -> [Int32: Double] {
        let pairs = (place?.top ?? []).map { ($0.token, max(Double($0.logProbability), -87)) }
        return Dictionary(pairs) { first, _ in first }
    }
}
