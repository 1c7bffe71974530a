import Autograd
import Models
import Tensors
public import ThreatModel
public import Training

/// The adversary's own classifier of answers into "trained on it" and "not": a perceptron with two classes.
public struct AttackNetwork: Sendable, Equatable {
    /// The hidden widths.
    public var hidden: [Int]
    /// The number of passes over the rows.
    public var epochs: Int
    /// The number of rows in a batch.
    public var batchSize: Int
    /// The rate of Adam.
    public var rate: Float

    /// Creates the settings.
    public init(hidden: [Int] = [64], epochs: Int = 30, batchSize: Int = 64, rate: Float = 1e-3) {
        (self.hidden, self.epochs, self.batchSize, self.rate) = (hidden, epochs, batchSize, rate)
    }

    /// Reads `hidden` widths, `epochs`, `batch` and `rate`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        self.init(
            hidden: try settings.integers("hidden", in: 1...65536, default: [64]),
            epochs: try settings.integer("epochs", in: 1...100_000, default: 30),
            batchSize: try settings.integer("batch", in: 1...1_000_000, default: 64),
            rate: Float(try settings.number("rate", in: 1e-8...10, default: 1e-3)))
    }

    /// The recipe of a network that reads `inputs` numbers.
    public func recipe(inputs: Int) -> Recipe {
        Recipe(
            .classifier(Classifier(inputs: inputs, hidden: hidden, classes: 2)), epochs: epochs, batchSize: batchSize,
            optimiser: .adam(rate: rate))
    }

    /// Trains a network on rows of features and what they belong to.
    ///
    /// The rows are put in an order of their own, so that the network does not depend on that of the candidates.
    func train(
        _ name: String, on features: Tensor, isMember: [Bool], _ trainer: SurrogateTrainer
    ) throws -> Model {
        let rows = isMember.indices.map { (values: features.row($0), label: Int32(isMember[$0] ? 1 : 0)) }
            .sorted { left, right in
                left.values == right.values
                    ? left.label < right.label : left.values.lexicographicallyPrecedes(right.values)
            }
        let ordered = Tensor(rows.flatMap(\.values), shape: [rows.count, features.columns])
        return try trainer.train(
            name, recipe(inputs: features.columns), on: Records(features: ordered, labels: rows.map(\.label)))
    }

    /// Returns the difference of the logits "trained on it" and "not" of each row.
    ///
    /// - Throws: ``ThreatModelError`` when the model is no classifier of two classes that reads such rows.
    static func scores(_ model: Model, _ features: Tensor) throws(ThreatModelError) -> [Double] {
        guard case .classifier(let network) = model.architecture else {
            throw .unsupported("verdict", family: model.architecture.family)
        }
        guard network.classes == 2, network.inputs == features.columns else {
            throw .mismatch(
                "an attack network of \(network.inputs) inputs and \(network.classes) classes for rows of "
                    + "\(features.columns); expected as many inputs and 2 classes")
        }
        let logits = evaluate(model.parameters, on: Records(features: features)) { bound, batch in
            network.logits(bound.tape.constant(batch.requiredFeatures), bound)
        }
        return (0..<features.rows).map { Double(logits[2 * $0 + 1]) - Double(logits[2 * $0]) }
    }
}

extension ShadowAnswers {
    /// Checks that the victim's answers are of as many candidates and classes as the shadows'.
    func check(against probabilities: Tensor) throws(ThreatModelError) {
        let shapes = self.probabilities.map(\.shape)
        guard !shapes.isEmpty, shapes.allSatisfy({ $0 == probabilities.shape }) else {
            throw .mismatch(
                "the victim answers \(probabilities.shape), the \(shapes.count) shadows "
                    + "\(shapes.first ?? []); expected at least one shadow, the same candidates and "
                    + "the same classes")
        }
    }
}

extension Tensor {
    /// Returns the `count` largest elements of each row in falling order, or all of a shorter row.
    ///
    /// - Shapes: [rows, columns] → [rows, min(count, columns)].
    func largestOfRows(_ count: Int) -> Tensor {
        let width = min(count, columns)
        return Tensor((0..<rows).flatMap { row($0).sorted(by: >).prefix(width) }, shape: [rows, width])
    }
}
