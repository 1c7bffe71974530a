public import Models

extension Knowledge {
    /// A model of the victim's recipe that the adversary trains on records of its own, for calibration.
    ///
    /// - Throws: ``ThreatModelError/missingKnowledge(_:attack:)`` without a trainer, a recipe or a population, and what
    ///   the trainer throws.
    public func referenceModel(_ attack: String) throws -> Model {
        let (trainer, recipe) = (try requiredTrainer(attack), try requiredRecipe(attack))
        return try trainer.train("reference", recipe, on: try requiredPopulation(attack))
    }
}
