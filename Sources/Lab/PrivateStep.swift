public import Autograd
public import Tensors

/// One step of a private training, taken apart so that it can be tested: which records it reads, what it releases.
///
/// Both are functions of their arguments alone. So a step can be asked again with the same noise and another batch.
public protocol PrivateStep: Sendable {
    /// What it says of itself.
    var claim: MechanismClaim { get }
    /// Returns the indices of the records that a step reads, out of `claim.records`.
    func batch(step: Int, random: RandomStream) -> [Int]
    /// Returns the mean gradient that a step hands to the optimiser: the noisy sum divided by the expected batch.
    func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters
}
