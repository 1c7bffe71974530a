import Models
import Tensors
import ThreatModel
import Training

/// How a thief of a classifier trains its students: a recipe that fits what is asked, and a facility for it.
struct StudentTraining: Sendable {
    /// How a student is trained: without privacy, whatever the recipe says, for a thief protects no records.
    let recipe: Recipe
    /// What is trained.
    let network: Classifier
    private let trainer: SurrogateTrainer
    private let attack: String

    /// Checks that a recipe makes classifiers.
    ///
    /// - Throws: ``ThreatModelError`` when it does not, or there is no trainer.
    init(_ recipe: Recipe, _ knowledge: Knowledge, attack: String) throws(ThreatModelError) {
        trainer = try knowledge.requiredTrainer(attack)
        guard case .classifier(let network) = recipe.architecture else {
            throw .mismatch(
                "\(attack): expected a classifier as student, found a \(recipe.architecture.family); "
                    + "change the student's model")
        }
        (self.network, self.attack, self.recipe) = (network, attack, recipe.withoutPrivacy)
    }

    /// Checks that the student tells the victim's classes apart.
    func require(classes: Int) throws(ThreatModelError) {
        guard network.classes == classes else {
            throw .mismatch(
                "\(attack): expected a student of \(classes) classes, as many as the victim has, found "
                    + "\(network.classes); change the student's model")
        }
    }

    /// Checks that logits have gradients by what the student reads.
    func requireInputGradients() throws(ThreatModelError) {
        guard network.scattering == nil else {
            throw .mismatch(
                "\(attack): expected a student whose logits have gradients by its inputs, found one with a "
                    + "scattering front; change the student's model")
        }
    }

    /// Trains a student under a name that is unique in the attack, with another number of epochs if that is not 0.
    func train(_ name: String, on records: Records, epochs: Int = 0) throws -> StudentClassifier {
        var recipe = recipe
        if epochs > 0 { (recipe.epochs, recipe.steps) = (epochs, nil) }
        return try StudentClassifier(trainer.train(name, recipe, on: records))
    }

    /// Trains the student of a budget on the first part of a transfer set.
    ///
    /// Where records are held out, the checkpoint of the training is taken that agrees most with the held-out answers,
    /// of equals the last. It is one training, as without validation.
    func student(_ budget: Int, of set: TransferSet) throws -> StudentClassifier {
        let heldOut = set.validation(budget)
        let choice = CheckpointChoice(heldOut: heldOut) { try StudentClassifier($0).agreement(with: $1) }
        return try StudentClassifier(
            trainer.train(
                "student-\(budget)", recipe, on: set.training(budget), choosing: heldOut.count > 0 ? choice : nil))
    }

    /// Trains a student per budget on the first part of a transfer set.
    func surrogates(_ budgets: [Int], of set: TransferSet) throws -> [Surrogate] {
        try budgets.map { Surrogate(budget: $0, model: try student($0, of: set).model) }
    }
}

extension Recipe {
    /// The recipe of an adversary, whose training set is no secret to itself: what a private victim's recipe says of its
    /// own records protects nobody here.
    var withoutPrivacy: Recipe {
        var recipe = self
        (recipe.privacy, recipe.clippingWithoutPrivacy, recipe.unitCap) = (nil, nil, nil)
        return recipe
    }
}
