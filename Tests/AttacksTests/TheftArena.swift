import Models
import Synchronization
import Tensors
import ThreatModel
import Training

@testable import Attacks

/// A classifier that generalises, and what a thief may know of it: records of its distribution and of another.
struct TheftArena: Sendable {
    static let width = 8
    static let classes = 4

    let victim: Model
    let population: Records
    let foreign: Records
    let test: Tensor

    static func shared() throws -> TheftArena { try arena.get() }

    private static let arena = Result { try TheftArena(seed: 91) }

    /// A student of the victim's size.
    static let student = Recipe(
        .classifier(Classifier(inputs: width, hidden: [16], classes: classes)), epochs: 40, batchSize: 20,
        optimiser: .adam(rate: 1e-2))

    private init(seed: UInt64) throws {
        let random = RandomStream(seed: seed)
        let directions = random["directions"].normalTensor([TheftArena.classes, TheftArena.width])
        let inside = TheftArena.records(1300, spread: 0.5, random["inside"])
        let labels = matmul(inside + -0.5, directions, transposing: .right).rowArgmax()
        let all = Records(features: inside, labels: labels)
        population = all.slice(0..<500)
        test = all.slice(500..<1000).requiredFeatures
        victim = try TheftArena.student.train(on: all.slice(1000..<1300), random: random["victim"]).model
        let outside = TheftArena.records(400, spread: 0.25, random["outside"])
        foreign = Records(features: outside, labels: (0..<400).map { Int32($0 % 5) })
    }

    /// Records in [0, 1] around one half, shape [count, width].
    private static func records(_ count: Int, spread: Float, _ random: RandomStream) -> Tensor {
        var records = random.normalTensor([count, width], deviation: spread) + 0.5
        records.clamp(0, 1)
        return records
    }

    /// What the thief knows.
    func knowledge(trainer: SurrogateTrainer? = TheftArena.trainer) -> Knowledge {
        var knowledge = Knowledge(candidates: population.slice(0..<0), population: population, trainer: trainer)
        knowledge.foreign = foreign
        return knowledge
    }

    static let trainer = SurrogateTrainer { name, recipe, records, choice in
        try trained(name, recipe, records, choice)
    }

    static func trained(
        _ name: String, _ recipe: Recipe, _ records: Records, _ choice: CheckpointChoice?
    ) throws -> Model {
        try choice?.train(recipe, on: records, random: RandomStream(seed: 9)[name])
            ?? recipe.train(on: records, random: RandomStream(seed: 9)[name]).model
    }

    /// The share of test records that a model calls as the victim does.
    func agreement(_ model: Model) throws -> Double {
        let (own, theirs) = try (StudentClassifier(model), StudentClassifier(victim))
        return Double(zip(own.logits(test).rowArgmax(), theirs.logits(test).rowArgmax()).count { $0 == $1 })
            / Double(test.rows)
    }
}

/// A facility that notes what it is asked to train.
final class NotingTrainer: Sendable {
    private let notes = Mutex<[(name: String, recipe: Recipe, records: Records)]>([])

    var trained: [(name: String, recipe: Recipe, records: Records)] { notes.withLock { $0 } }

    /// Trains as the arena does, or, for speed, not at all.
    func trainer(isTraining: Bool = true) -> SurrogateTrainer {
        SurrogateTrainer { name, recipe, records, choice in
            self.notes.withLock { $0.append((name, recipe, records)) }
            guard isTraining else { return Model(untrained: recipe.architecture, RandomStream(seed: 9)[name]) }
            return try TheftArena.trained(name, recipe, records, choice)
        }
    }
}
