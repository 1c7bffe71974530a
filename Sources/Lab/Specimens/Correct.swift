import Autograd
import Mechanisms
import Models
import Tensors
import Training

/// The twin of every broken specimen: the sampler, the clipping and the noise that trainings use.
struct Correct: PrivateStep {
    let claim: MechanismClaim
    private let privacy: GradientPrivacy
    private let recipe: Recipe

    /// Creates the mechanism of a claim.
    init(_ claim: MechanismClaim) { self.init(claim, noiseFactor: 1, batch: claim.batch) }

    /// A mechanism whose noise or whose batches are not those of its claim.
    init(_ claim: MechanismClaim, noiseFactor: Double = 1, batch: Int) {
        self.claim = claim
        privacy = GradientPrivacy(
            clippingNorm: claim.clippingNorm, noiseMultiplier: noiseFactor * claim.noiseMultiplier)
        // Of a recipe the sampler reads the batch size, and that there is privacy.
        recipe = Recipe(
            .classifier(Classifier(inputs: 1, hidden: [], classes: 2)), epochs: 1, batchSize: batch,
            optimiser: .sgd(rate: 1), privacy: privacy)
    }

    func batch(step: Int, random: RandomStream) -> [Int] {
        recipe.batch(step: step, count: claim.records, random)
    }

    func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters {
        privacy.release(
            BoundedSum(clipping: gradients, to: claim.clippingNorm), samplingRate: claim.samplingRate,
            expectedBatch: Double(claim.batch), noise: .seeded(random["noise"][step])
        ).gradient
    }
}
