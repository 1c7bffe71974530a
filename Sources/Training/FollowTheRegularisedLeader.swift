public import Accounting
import Autograd
import Mechanisms
import Models
import Tensors

/// DP-FTRL: the private gradients of a training as differences of noisy prefix sums.
///
/// With plain descent at a constant rate η the parameters after step t are θ₀ − η·(the noisy sum of all clipped
/// gradients so far)/B: the follow-the-regularised-leader iterate of the regulariser ‖θ − θ₀‖²/2η. Each epoch is a
/// permutation of the records, cut into steps, and has a tree of its own; trees compose.
///
/// - Source: Kairouz and others 2021, <https://arxiv.org/abs/2103.00039>, algorithm 1.
extension Recipe {
    /// Whether the training's private gradients carry the noise of trees.
    public var isTreeAggregated: Bool { privacy?.mechanism == .ftrl }

    /// The event of a whole training by tree aggregation on `count` records.
    ///
    /// - Precondition: The recipe is private.
    public func treeEvent(_ count: Int) -> PrivacyEvent {
        guard let privacy else { preconditionFailure("a recipe without privacy") }
        let tree = tree(count)
        let epochs = (steps(count) + tree.leaves - 1) / tree.leaves
        let phases = architecture.network.phases.count(where: \.touchesData)
        return .repeated(tree.event(noiseMultiplier: privacy.noiseMultiplier), count: epochs * phases)
    }

    private func tree(_ count: Int) -> TreeAggregation { TreeAggregation(leaves: stepsPerEpoch(count)) }

    /// Releases the gradient of a step and writes the event of a tree into the ledger when it begins.
    func treeGradient(
        _ privacy: GradientPrivacy, _ sum: consuming BoundedSum, _ phase: Phase, _ state: inout TrainingState,
        _ count: Int, random: RandomStream
    ) throws(AccountingError) -> Parameters {
        let tree = tree(count)
        let (gradient, event) = privacy.release(
            sum, step: state.step, into: tree, batch: Double(count) / Double(tree.leaves), random: random)
        if let event { try state.ledger.record(event) }
        return gradient
    }
}
