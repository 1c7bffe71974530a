import Models
import RealModule
public import Tensors
public import ThreatModel

/// Reads logits out of greedy tokens alone: the least bias that puts a token first is what it lacks to the likeliest.
///
/// A bisection per token and context. The full vocabulary would cost too much, so some random tokens are taken: twice
/// as many as the width that the adversary reckons with tell the width, and their rows of the head.
/// - Source: Carlini et al., ICML 2024.
/// - Deviation: a plain bisection of every token by itself, without the paper's searches over several tokens at once.
public struct LabelLogitSVD: LastLayerAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "logit-svd-labels",
        summary: "Hidden width and some rows of the last layer from greedy tokens under a logit bias.",
        paper: "Carlini et al., ICML 2024", families: ["transformer"], access: "completions, tokens only",
        knowledge: "none", queries: "(1 + bisections) per token and context",
        deviations: "bisects each token by itself; no refinement to an orthogonal map")

    /// What is asked about.
    public var contexts: RandomContexts
    /// How many tokens' logits are read; `nil` for twice the widest hidden layer.
    public var tokens: Int?
    /// The halvings of the interval that holds a bias; logits are known to `range`·2^−bisections.
    public var bisections: Int
    /// The largest bias: how far a logit may lie below the largest, at most 100.
    public var range: Double

    /// Creates the attack.
    public init(
        contexts: RandomContexts = RandomContexts(), tokens: Int? = nil, bisections: Int = 24, range: Double = 64
    ) {
        precondition(
            tokens ?? 2 > 1 && bisections > 0 && range > 0 && range <= 100,
            "\(tokens ?? 0) tokens, \(bisections) bisections of \(range)")
        (self.contexts, self.tokens, self.bisections, self.range) = (contexts, tokens, bisections, range)
    }

    /// Creates the attack with the settings of ``RandomContexts``, `tokens` (2·`widest`), `bisections` (24) and
    /// `range` (64).
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        contexts = try RandomContexts(&settings)
        tokens = try settings.wholeNumber("tokens", in: 2...65_536)
        bisections = try settings.integer("bisections", in: 1...40, default: 24)
        range = try settings.number("range", in: 1...100, default: 64)
    }

    /// How exactly a logit is known: the last interval of the bisection, plus what single precision rounds off a bias.
    public var precision: Double { range * Double.pow(2, Double(-bisections)) + range * 0x1p-24 }

    /// Returns the last layer of random tokens, the first of which is the reference.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no language model, a logit lies out of range, there are too few
    ///   contexts or tokens, or the budget is exhausted.
    public func run(
        against victim: Completions, knowing knowledge: Knowledge, random: RandomStream
    ) throws -> LastLayer {
        let (logits, chosen) = try logits(of: victim, random)
        return try LogitSVD.lastLayer(logits, tokens: chosen, reference: chosen.first, precision: 2 * precision)
    }

    /// The logits of random tokens less that of the first of them, [contexts, tokens], and the tokens.
    func logits(
        of victim: Completions, _ random: RandomStream
    ) throws(ThreatModelError) -> (logits: RealMatrix, tokens: [Int32]) {
        let card = try victim.card
        let asked = try contexts.drawn(for: card, random["contexts"])
        let (wanted, vocabulary) = (tokens ?? 2 * contexts.widest, card.vocabulary ?? 0)
        guard wanted <= vocabulary else {
            throw .mismatch(
                "logit-svd-labels: expected a vocabulary of \(wanted) tokens or more, found \(vocabulary); set 'tokens' "
                    + "to less, or 'widest', twice which is its default")
        }
        let chosen = random["tokens"].permutation(vocabulary).prefix(wanted).map { Int32($0) }
        var columns: [[Double]] = []
        for token in chosen { columns.append(try deficits(of: token, after: asked, victim)) }
        return (RealMatrix(rows: asked.count, columns: chosen.count) { columns[0][$0] - columns[$1][$0] }, chosen)
    }

    /// What the logit of a token lacks to the largest, after each context.
    private func deficits(
        of token: Int32, after asked: [[Int32]], _ victim: Completions
    ) throws(ThreatModelError) -> [Double] {
        let all = Array(asked.indices)
        guard try wins(token, bias: range, all, asked, victim).allSatisfy(\.self) else {
            throw .mismatch(
                "the logit of token \(token) lies more than \(range) below the largest; raise 'range' (to 100 at most), "
                    + "or the interface ignores the bias")
        }
        var (low, high) = ([Double](repeating: 0, count: all.count), [Double](repeating: range, count: all.count))
        for _ in 0..<bisections {
            // Contexts that have come to the same interval share a request.
            let groups = Dictionary(grouping: all) { low[$0] + high[$0] }
            for (ends, group) in groups.sorted(by: { $0.key < $1.key }) {
                for (context, isFirst) in zip(group, try wins(token, bias: ends / 2, group, asked, victim)) {
                    if isFirst { high[context] = ends / 2 } else { low[context] = ends / 2 }
                }
            }
        }
        return zip(low, high).map { ($0 + $1) / 2 }
    }

    /// Whether a biased token is the greedy one after each context of a group.
    private func wins(
        _ token: Int32, bias: Double, _ group: [Int], _ asked: [[Int32]], _ victim: Completions
    ) throws(ThreatModelError) -> [Bool] {
        var result: [Bool] = []
        for prompts in contexts.requests(group.map { asked[$0] }) {
            var query = CompletionQuery(prompts: prompts, maxTokens: 1)
            query.bias = [token: Float(bias)]
            let answers = try victim.complete(query)
            guard answers.count == prompts.count else {
                throw .refused(.transport("expected \(prompts.count) completions, found \(answers.count)"))
            }
            result += answers.map { $0.tokens.first == token }
        }
        return result
    }
}
