import Foundation
import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains language models on what the victim tells of every place of public texts: its likeliest tokens, and how likely
/// they are.
///
/// The texts are asked about once, at the largest budget; smaller budgets train on the first of them. A student learns
/// the cross-entropy against the told distribution, which is the divergence from it up to a constant.
/// - Source: Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network", token by token as in Kim and
///   Rush, EMNLP 2016.
public struct TokenTheft: TheftAttack {
    /// What becomes of the probability that nobody told.
    public enum Rest: String, Codable, Sendable, CaseIterable {
        /// All tokens that were not told have as much of it.
        case spread
        /// It is left out, and what was told is scaled to add up to 1.
        case renormalise
    }

    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "token-theft",
        summary: "Language models trained on the log-probabilities of the victim's likeliest tokens.",
        paper: "Hinton et al. 2015; Kim and Rush, EMNLP 2016", families: ["transformer"],
        access: "completions with log-probabilities", knowledge: "population",
        queries: "the largest budget, one per text",
        trainings: "one language model per budget",
        deviations:
            "of a distribution only the likeliest tokens and the text's own are told; the rest is spread evenly or left "
            + "out")

    /// The numbers of queries.
    public var budgets: [Int]
    /// How a student is trained.
    public var student: Recipe
    /// How many of the likeliest tokens are asked for at each place, from 0 to 20.
    public var top: Int
    /// What becomes of the probability that nobody told.
    public var rest: Rest

    /// Creates the attack.
    ///
    /// - Precondition: `top` from 0 to 20.
    public init(budgets: [Int], student: Recipe, top: Int = 5, rest: Rest = .spread) {
        precondition((0...20).contains(top), "\(top) likeliest tokens; interfaces tell 0 to 20")
        (self.budgets, self.student) = (budgets.ascendingBudgets, student.withoutPrivacy)
        (self.top, self.rest) = (top, rest)
    }

    /// Reads `budgets`, how many likeliest tokens `top` asks for, and what becomes of the `rest`.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        self.init(
            budgets: try settings.budgets(default: [1000]), student: student,
            top: try settings.integer("top", in: 0...20, default: 5),
            rest: try settings.choice("rest", default: .spread))
    }

    /// Returns a language model per budget, with the tokens that were read for it.
    ///
    /// - Throws: ``ThreatModelError`` without population or trainer, when the population is smaller than a budget, when
    ///   the student is no language model of the victim's vocabulary that reads such texts, and when the interface
    ///   tells no log-probabilities.
    /// - Complexity: memory for budget·(window − 1)·vocabulary numbers.
    public func run(
        against victim: Completions, knowing knowledge: Knowledge, random: RandomStream
    ) throws -> [Surrogate] {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        guard let largest = budgets.last, largest <= knowledge.population.count else {
            throw ThreatModelError.missingKnowledge("a population of \(budgets.last ?? 0) texts", attack: Self.card.id)
        }
        let texts = knowledge.population.slice(0..<largest)
        let vocabulary = try vocabulary(of: victim, texts)
        let targets = try targets(texts, vocabulary, victim)
        let places = texts.window - 1
        return try budgets.map { budget in
            let records = Records(
                tokens: Array(texts.tokens.prefix(budget * texts.window)), window: texts.window,
                targets: budget == largest ? targets : targets.rows(0..<budget * places))
            return Surrogate(
                budget: budget, tokens: budget * texts.window,
                model: try trainer.train("student-\(budget)", student, on: records))
        }
    }

    private func vocabulary(of victim: Completions, _ texts: Records) throws(ThreatModelError) -> Int {
        guard case .transformer(let network) = student.architecture else {
            throw .unsupported("next token", family: student.architecture.family)
        }
        let vocabulary = try victim.card.vocabulary ?? network.vocabulary
        guard network.vocabulary == vocabulary else {
            throw .mismatch("a student of \(network.vocabulary) tokens of a victim of \(vocabulary)")
        }
        guard (2...network.context + 1).contains(texts.window) else {
            throw .mismatch(
                "expected public texts of 2 to \(network.context + 1) tokens, the student's context and one, found "
                    + "\(texts.window)")
        }
        return vocabulary
    }

    /// The told distributions, shape [count·(window − 1), vocabulary].
    private func targets(
        _ texts: Records, _ vocabulary: Int, _ victim: Completions
    ) throws(ThreatModelError) -> Tensor {
        // Once, in place: of a large vocabulary the whole is hundreds of megabytes.
        var rows: [Float] = []
        rows.reserveCapacity(texts.count * (texts.window - 1) * vocabulary)
        for start in stride(from: 0, to: texts.count, by: 64) {
            let part = texts.slice(start..<min(start + 64, texts.count)).texts
            var query = CompletionQuery(prompts: part, maxTokens: 0)
            (query.echoes, query.logProbabilities) = (true, top)
            let told = try victim.complete(query)
            guard told.count == part.count else {
                throw .mismatch("expected answers about \(part.count) texts, found \(told.count)")
            }
            for (text, completion) in zip(part, told) {
                guard let places = completion.places, places.count == text.count else {
                    throw .mismatch(
                        "expected log-probabilities of \(text.count) tokens, found none; use sequence-theft")
                }
                for (token, place) in zip(text, places).dropFirst() {
                    rows += distribution(token, place, vocabulary)
                }
            }
        }
        return Tensor(rows, shape: [texts.count * (texts.window - 1), vocabulary])
    }

    /// A distribution that agrees with what was told of a place.
    ///
    /// What was told may add up to more than 1 where an interface rounds; then it is scaled down, and there is no rest.
    func distribution(_ token: Int32, _ place: TokenPlace, _ vocabulary: Int) -> [Float] {
        let known = 0..<Int32(vocabulary)
        var told: [Int32: Double] = [:]
        if let own = place.logProbability, known.contains(token) { told[token] = exp(Double(own)) }
        for ranked in place.top where known.contains(ranked.token) {
            told[ranked.token] = exp(Double(ranked.logProbability))
        }
        told = told.filter { $0.value.isFinite }
        // In the order of the tokens: sums must not depend on the order of a dictionary.
        let sum = told.sorted { $0.key < $1.key }.reduce(0.0) { $0 + $1.value }
        let others = vocabulary - told.count
        let isSpread = rest == .spread && sum < 1 && others > 0 || sum <= 0
        var row = [Float](repeating: isSpread ? Float(max(0, 1 - sum) / Double(max(others, 1))) : 0, count: vocabulary)
        for (token, probability) in told {
            row[Int(token)] = sum <= 0 ? 0 : Float(isSpread ? probability : probability / sum)
        }
        return row
    }
}
