import Autograd
import Models
import Tensors
import ThreatModel

/// A classifier that a thief has trained: what it says of records, and how that depends on them.
struct StudentClassifier: Sendable {
    /// The model.
    let model: Model
    private let network: Classifier

    /// Takes over a model.
    ///
    /// - Throws: ``ThreatModelError/unsupported(_:family:)`` when it is no classifier.
    init(_ model: Model) throws(ThreatModelError) {
        guard case .classifier(let network) = model.architecture else {
            throw .unsupported("class labels", family: model.architecture.family)
        }
        (self.model, self.network) = (model, network)
    }

    /// Returns the logits of each record, shape [count, classes].
    func logits(_ records: Tensor) -> Tensor {
        guard records.rows > 0 else { return .zeros([0, network.classes]) }
        return evaluate(model.parameters, on: Records(features: records)) { [network] bound, batch in
            network.logits(bound.tape.constant(batch.requiredFeatures), bound)
        }
    }

    /// Returns the distribution over the classes of each record, shape [count, classes].
    func probabilities(_ records: Tensor) -> Tensor { logits(records).softmax() }

    /// Returns the gradient of one logit of each record by the record, shape [count, width].
    ///
    /// - Shapes: records [count, width], classes [count].
    /// - Precondition: no fixed front reads the records; see ``StudentTraining/requireInputGradients()``.
    /// - Complexity: one forward and one backward pass.
    func logitGradients(_ records: Tensor, of classes: [Int32]) -> Tensor {
        precondition(classes.count == records.rows, "\(classes.count) classes of \(records.rows) records")
        var parts = [Tensor.zeros([0, records.columns])]
        forEachBlock(of: records, rows: 256) { block, start in
            let tape = Tape(.summed)
            let bound = BoundParameters(model.parameters, on: tape, trainable: [])
            let x = tape.variable(block)
            let chosen = Array(classes[start..<start + block.rows])
            tape.backward(from: network.logits(x, bound), seed: .oneHot(chosen, classes: network.classes))
            parts.append(tape.gradient(of: x))
        }
        return .concatenatedRows(parts)
    }

    /// Returns the share of records that it calls as their targets do, in [0, 1]; 0 of no records.
    func agreement(with records: Records) -> Double {
        guard records.count > 0, let targets = records.targets else { return 0 }
        let own = logits(records.requiredFeatures).rowArgmax()
        return Double(zip(own, targets.rowArgmax()).count { $0 == $1 }) / Double(records.count)
    }
}
