import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a student on the victim's answers to records of the same distribution.
///
/// The answers are asked once, at the largest budget; smaller budgets train on the first of them, so the curve over
/// budgets comes from one transfer set.
/// - Source: Orekondy, Schiele and Fritz, "Knockoff nets", CVPR 2019, the random strategy.
public struct AnswerDistillation: ExtractionAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "answer-distillation", summary: "A student trained on the victim's answers, at several query budgets.",
        paper: "Orekondy et al., CVPR 2019",
        families: ["autoencoder", "variational-autoencoder", "transformer", "classifier"],
        access: "scores", knowledge: "population", queries: "the largest budget, one per record",
        trainings: "one student per budget",
        deviations:
            "autoencoders answer with reconstructions and transformers with next-token distributions, which the "
            + "student imitates by cross-entropy")

    /// The numbers of queries.
    public var budgets: [Int]
    /// How a student is trained.
    public var student: Recipe

    /// Creates the attack.
    public init(budgets: [Int], student: Recipe) { (self.budgets, self.student) = (budgets.sorted(), student) }

    /// Returns a surrogate per budget.
    ///
    /// - Throws: ``ThreatModelError`` without population or trainer, or when the population is smaller than a budget.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws -> [Surrogate] {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        guard let largest = budgets.last, largest <= knowledge.population.count else {
            throw ThreatModelError.missingKnowledge(
                "a population of \(budgets.last ?? 0) records", attack: Self.card.id)
        }
        let queries = knowledge.population.slice(0..<largest)
        let answers = try victim.answers(queries)
        let rowsPerRecord = answers.rows / max(largest, 1)
        return try budgets.map { budget in
            var records = queries.slice(0..<budget)
            records.targets = answers.rows(0..<budget * rowsPerRecord)
            return Surrogate(budget: budget, model: try trainer.train("student-\(budget)", student, on: records))
        }
    }
}
