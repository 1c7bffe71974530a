import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains encoders on the victim's codes of public records, at several budgets.
///
/// The codes are asked for once, at the largest budget; smaller budgets train on the first of them.
/// - Source: Liu, Jia, Liu and Gong, "StolenEncoder", CCS 2022, by regression; Sha, He, Yu, Backes and Zhang, "Can't
///   steal? Cont-steal!", CVPR 2023, by contrast.
public struct EncoderTheft: TheftAttack {
    /// What a student learns.
    public enum Objective: String, Codable, Sendable, CaseIterable {
        /// The code itself.
        case regression
        /// To tell the record's code from those of the other records in the batch.
        case contrastive
    }

    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "encoder-theft", summary: "Encoders trained on an embedding interface's codes, by regression or contrast.",
        paper: "Liu et al., CCS 2022; Sha et al., CVPR 2023", families: ["autoencoder", "variational-autoencoder"],
        access: "codes", knowledge: "population", queries: "the largest budget, one per record",
        trainings: "one encoder per budget",
        deviations:
            "records are not augmented; a contrast is with the victim's codes of the same batch and looks one way")

    /// The numbers of queries.
    public var budgets: [Int]
    /// How a student is trained: an autoencoder's recipe, of which the encoder is meant, or a variational one's.
    public var student: Recipe
    /// What a student learns.
    public var objective: Objective
    /// What similarities are divided by in a contrast, above 0.
    public var temperature: Double

    /// Creates the attack.
    public init(budgets: [Int], student: Recipe, objective: Objective = .regression, temperature: Double = 0.1) {
        precondition(temperature > 0, "temperature \(temperature)")
        (self.budgets, self.student) = (budgets.ascendingBudgets, student.withoutPrivacy)
        (self.objective, self.temperature) = (objective, temperature)
    }

    /// Reads `budgets`, the `objective`, and the `temperature` of a contrast.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        self.init(
            budgets: try settings.budgets(default: [1000]), student: student,
            objective: try settings.choice("objective", default: .regression),
            temperature: try settings.number("temperature", in: 0.001...100, default: 0.1))
    }

    /// Returns an encoder per budget, as an autoencoder whose decoder nobody trained.
    ///
    /// - Throws: ``ThreatModelError`` without population or trainer, when the population is smaller than a budget, and
    ///   when the student has no encoder or reads records of another width.
    public func run(against victim: Codes, knowing knowledge: Knowledge, random: RandomStream) throws -> [Surrogate] {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        guard let largest = budgets.last, largest <= knowledge.population.count else {
            throw ThreatModelError.missingKnowledge(
                "a population of \(budgets.last ?? 0) records", attack: Self.card.id)
        }
        let queries = knowledge.population.slice(0..<largest)
        let codes = try codes(of: queries, victim)
        let recipe = try recipe(latents: codes.columns, width: queries.features?.columns ?? 0)
        return try budgets.map { budget in
            let records = Records(
                features: queries.requiredFeatures.rows(0..<budget), targets: codes.rows(0..<budget))
            return Surrogate(budget: budget, model: try trainer.train("encoder-\(budget)", recipe, on: records))
        }
    }

    private func codes(of records: Records, _ victim: Codes) throws(ThreatModelError) -> Tensor {
        var parts: [Tensor] = []
        for start in stride(from: 0, to: records.count, by: 256) {
            parts.append(try victim.codes(records.slice(start..<min(start + 256, records.count))))
        }
        return .concatenatedRows(parts)
    }

    /// The student's recipe with codes of the victim's width to learn.
    private func recipe(latents: Int, width: Int) throws(ThreatModelError) -> Recipe {
        var network: Autoencoder
        switch student.architecture {
        case .autoencoder(let own): network = own
        case .variationalAutoencoder(let own) where own.classes == 0:
            network = Autoencoder(
                inputs: own.inputs, hidden: own.hidden, latents: latents, dropout: own.dropout,
                activation: own.activations.first ?? .relu, convolutions: own.convolutions)
        default: throw .unsupported("encoder of unlabelled records", family: student.architecture.family)
        }
        guard network.inputs == width else {
            throw .mismatch("a student of \(network.inputs) inputs for public records of \(width) numbers")
        }
        network.latents = latents
        network.codeObjective =
            objective == .regression ? .regression : .contrastive(temperature: Float(temperature))
        var recipe = student
        recipe.architecture = .autoencoder(network)
        return recipe
    }
}
