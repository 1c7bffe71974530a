import Autograd
import Tensors

/// What an encoder learns from another encoder's codes of the same records.
public enum CodeObjective: Codable, Sendable, Equatable {
    /// The squared distance to the code, summed over its numbers.
    case regression
    /// InfoNCE: of all codes in the batch, the record's own shall be the most similar, by cosine over `temperature`.
    ///
    /// A record's loss depends on the others in its batch, and the length of a code is not learned, only its direction.
    case contrastive(temperature: Float)

    /// Whether a record's loss depends on the others in its batch.
    public var mixesRecords: Bool { self != .regression }

    /// Returns the loss of each record, shape [count].
    ///
    /// - Source: van den Oord, Li and Vinyals 2018, "Representation learning with contrastive predictive coding", for
    ///   InfoNCE.
    /// - Deviation: one-sided: codes are told apart given the student's, not the other way round as well.
    /// - Shapes: code and target [count, latents].
    /// - Complexity: O(count·latents), contrastive O(count²·latents).
    func losses(_ code: Variable, _ target: Tensor) -> Variable {
        guard case .contrastive(let temperature) = self else { return squaredError(code, target) }
        let width = Float(code.value.columns)
        // x/√(mean x²) has length √width.
        let gain = code.tape.constant(Tensor(repeating: 1 / width.squareRoot(), shape: [code.value.columns]))
        let direction = normalise(code, gain: gain, kind: .rootMeanSquare, epsilon: 1e-12)
        var others = target
        others.scaleRows(by: target.rowSquaredNorms().values.map { 1 / max($0.squareRoot(), 1e-12) })
        let similarities = linear(direction, code.tape.constant(others)) * (1 / temperature)
        return crossEntropy(similarities, (0..<Int32(target.rows)).map { $0 })
    }
}
