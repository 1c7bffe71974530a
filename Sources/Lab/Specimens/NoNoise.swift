import Autograd
import Mechanisms
import Tensors

/// Broken: records are clipped, and no noise is added.
struct NoNoise: PrivateStep {
    let correct: Correct
    var claim: MechanismClaim { correct.claim }

    func batch(step: Int, random: RandomStream) -> [Int] { correct.batch(step: step, random: random) }

    func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters {
        var mean = BoundedSum(clipping: gradients, to: claim.clippingNorm)
            .released(noiseMultiplier: 0, noise: .seeded(random["noise"][step]))
        mean.scale(by: Float(1 / Double(claim.batch)))
        return mean
    }
}
