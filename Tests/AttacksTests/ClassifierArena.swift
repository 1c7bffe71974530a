import Models
import Tensors
import ThreatModel
import Training

/// A classifier that learned by heart: four labels of five are drawn, so only who saw a record can know its label.
extension Arena {
    static func classifier() throws -> Arena { try classifierArena.get() }

    static let classifierRecipe = Recipe(
        .classifier(Classifier(inputs: 64, hidden: [64], classes: 6)), epochs: 60, batchSize: 20,
        optimiser: .adam(rate: 5e-3))

    private static let classifierArena = Result {
        try Arena(
            classifierRecipe,
            Records(features: images, labels: partlyDrawn(RandomStream(seed: 23), count: images.rows)), seed: 35)
    }

    /// The number of a record's prototype, or, of four in five records, any number.
    private static func partlyDrawn(_ random: RandomStream, count: Int) -> [Int32] {
        let (drawn, words) = (random["drawn"].coinFlips(count, probability: 0.8), random["labels"].words(count))
        return (0..<count).map { Int32(drawn[$0] ? Int(words[$0] % 6) : $0 % 6) }
    }

    /// Other prototypes, under noise that no blur has smoothed, with labels that are drawn as often.
    static let foreignRecords: Records = {
        let random = RandomStream(seed: 24)
        let prototypes = random["prototypes"].normalTensor([6, side * side])
        let noise = random["noise"].normalTensor([200, side * side])
        var features = prototypes.gatherRows((0..<200).map { $0 % 6 }) * 0.15 + noise * 0.15 + 0.5
        features.clamp(0, 1)
        return Records(features: features, labels: partlyDrawn(random, count: 200))
    }()

    /// What an attack on classifiers may know besides.
    func addClassifierKnowledge(to knowledge: inout Knowledge) throws {
        knowledge.shadowAnswers = try ShadowAnswers(
            probabilities: shadows.map { try $0.answers(candidates) }, membership: membership)
        knowledge.recipe = Arena.classifierRecipe
        knowledge.foreign = Arena.foreignRecords
        knowledge.imageSize = ImageSize(width: Arena.side, height: Arena.side)
    }
}
