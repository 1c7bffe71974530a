import Autograd
public import Models
import Synchronization
public import Tensors
public import Training

/// Chooses among the checkpoints of a training by records that it is not trained on.
///
/// The training is one: what is chosen is where it should have stopped.
public struct CheckpointChoice: Sendable {
    /// The records of the comparison, by whose content a cache may tell choices apart.
    public let heldOut: Records
    private let score: @Sendable (Model, Records) throws -> Double

    /// Creates a choice of the checkpoint with the highest score on held-out records.
    ///
    /// - Parameters:
    ///   - heldOut: the records.
    ///   - score: how good a model is on them; a number that is not finite loses to every other.
    public init(heldOut: Records, score: @escaping @Sendable (Model, Records) throws -> Double) {
        (self.heldOut, self.score) = (heldOut, score)
    }

    /// Trains by a recipe and returns the best of the checkpoints that an observer is visited with, of equals the last.
    ///
    /// - Parameters:
    ///   - recipe: what is trained, and how.
    ///   - records: what it is trained on.
    ///   - random: the stream of everything that is drawn; the choice draws nothing.
    ///   - observer: what the training tells besides; it must not restore, for earlier checkpoints are then gone.
    /// - Returns: the model; that of the last step where there is no step.
    /// - Throws: what the observer and the score throw.
    /// - Complexity: a training, and some sixty scores.
    public func train(
        _ recipe: Recipe, on records: Records, random: RandomStream, observer: TrainingObserver = TrainingObserver()
    ) throws -> Model {
        let best = Mutex<(score: Double, parameters: Parameters)?>(nil)
        var observer = observer
        let visit = observer.visit
        observer.visit = { step, total, parameters in
            try visit(step, total, parameters)
            let found = try score(Model(recipe.architecture, parameters), heldOut)
            best.withLock { best in
                if found.isFinite, found >= best?.score ?? found { best = (found, parameters) }
            }
        }
        let last = try recipe.train(on: records, random: random, observer: observer).model
        return best.withLock { $0 }.map { Model(recipe.architecture, $0.parameters) } ?? last
    }
}
