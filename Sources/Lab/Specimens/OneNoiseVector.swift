import Autograd
import Tensors

/// Broken: every step adds the same noise, so the difference of two steps has none.
struct OneNoiseVector: PrivateStep {
    let correct: Correct
    var claim: MechanismClaim { correct.claim }

    func batch(step: Int, random: RandomStream) -> [Int] { correct.batch(step: step, random: random) }

    func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters {
        correct.release(gradients, step: 0, random: random)
    }
}
