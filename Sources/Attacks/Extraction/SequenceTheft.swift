import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains language models on what the victim writes, at several budgets.
///
/// Public prompts, or a token to start from, are continued once, at the largest budget; smaller budgets train on the
/// first texts. Where there are fewer prompts than queries they are continued again, with other draws.
/// - Source: Kim and Rush, "Sequence-level knowledge distillation", EMNLP 2016, with draws for its beam.
public struct SequenceTheft: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "sequence-theft", summary: "Language models trained on the victim's continuations.",
        paper: "Kim and Rush, EMNLP 2016", families: ["transformer"], access: "continuations",
        knowledge: "population, whose beginnings are prompts unless a start token is", queries: "the largest budget",
        trainings: "one language model per budget",
        deviations: "texts are drawn, not searched for; the prompt is learned as well as what follows it")

    /// The numbers of queries.
    public var budgets: [Int]
    /// How a student is trained.
    public var student: Recipe
    /// How many tokens of a public text are given.
    public var prefix: Int
    /// How many tokens are asked for; `nil` for as many as the student's context and one leave.
    public var length: Int?
    /// The token that all texts start from, in place of public prompts.
    public var start: Int?
    /// How tokens are drawn.
    public var rule: SamplingRule

    /// Creates the attack.
    public init(
        budgets: [Int], student: Recipe, prefix: Int = 8, length: Int? = nil, start: Int? = nil,
        rule: SamplingRule = SamplingRule()
    ) {
        (self.budgets, self.student) = (budgets.ascendingBudgets, student.withoutPrivacy)
        (self.prefix, self.length, self.start, self.rule) = (prefix, length, start, rule)
    }

    /// Reads `budgets`, the `prefix` of prompts, the `length` of continuations, the `start` token, and the
    /// `temperature` of the draws.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        self.init(
            budgets: try settings.budgets(default: [1000]), student: student,
            prefix: try settings.integer("prefix", in: 1...65_536, default: 8),
            length: try settings.optionalNumber("length", in: 1...65_536).map { Int($0) },
            start: try settings.optionalNumber("start", in: 0...10_000_000).map { Int($0) },
            rule: SamplingRule(
                temperature: Float(
                    try settings.number(
                        "temperature", in: 0.01...CompletionQuery.temperatures.upperBound, default: 1))))
    }

    /// Returns a language model per budget, with the tokens that its texts took.
    ///
    /// - Throws: ``ThreatModelError`` without a trainer, without texts to begin with, when the student is no language
    ///   model, and when prompt and continuation exceed its context and one.
    public func run(
        against victim: Continuations, knowing knowledge: Knowledge, random: RandomStream
    ) throws -> [Surrogate] {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        let prompts = try prompts(budgets.last ?? 0, knowledge)
        let given = prompts.first?.count ?? 0
        let length = try length(after: given)
        let texts = try texts(prompts, length, victim, random["continuations"])
        return try budgets.map { budget in
            let records = Records(tokens: texts.prefix(budget).flatMap(\.self), window: given + length)
            return Surrogate(
                budget: budget, tokens: budget * (given + length),
                model: try trainer.train("student-\(budget)", student, on: records))
        }
    }

    private func prompts(_ count: Int, _ knowledge: Knowledge) throws(ThreatModelError) -> [[Int32]] {
        if let start { return Array(repeating: [Int32(start)], count: count) }
        let texts = try knowledge.requiredPopulation(Self.card.id).texts
        guard let window = texts.first?.count, window >= prefix else {
            throw .mismatch(
                "expected public texts of at least the prefix of \(prefix) tokens, found \(texts.first?.count ?? 0)")
        }
        return (0..<count).map { Array(texts[$0 % texts.count].prefix(prefix)) }
    }

    private func length(after given: Int) throws(ThreatModelError) -> Int {
        guard case .transformer(let network) = student.architecture else {
            throw .unsupported("next token", family: student.architecture.family)
        }
        let most = network.context + 1 - given
        let length = length ?? most
        guard (1...max(most, 1)).contains(length), most >= 1 else {
            throw .mismatch(
                "a prompt of \(given) and a continuation of \(length) tokens for a student that reads "
                    + "\(network.context) and predicts one more; ask for less")
        }
        return length
    }

    private func texts(
        _ prompts: [[Int32]], _ length: Int, _ victim: Continuations, _ random: RandomStream
    ) throws(ThreatModelError) -> [[Int32]] {
        var texts: [[Int32]] = []
        for start in stride(from: 0, to: prompts.count, by: 64) {
            let part = Array(prompts[start..<min(start + 64, prompts.count)])
            let found = try victim.sampled(part, by: length, rule, random[start / 64])
            guard found.count == part.count, found.allSatisfy({ $0.count == length }) else {
                throw .mismatch("expected \(part.count) continuations of \(length) tokens, found other ones")
            }
            texts += zip(part, found).map { $0 + $1 }
        }
        return texts
    }
}
