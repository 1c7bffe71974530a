import Autograd
import Models
public import Tensors
public import ThreatModel

/// Searches the generator's latent space for the code whose image is nearest to a candidate.
///
/// min_z ‖G(z) − x‖² + ρ‖z‖², by Adam from several starts; the best end wins. What a generator memorised it can
/// reproduce more exactly than what it never saw.
/// - Source: Chen, Yu, Zhang and Fritz, "GAN-Leaks", CCS 2020, the white-box attack.
public struct LatentInversion: InversionAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "latent-inversion", summary: "The code whose image is nearest to a candidate, by gradient descent.",
        paper: "Chen et al., CCS 2020", families: ["gan"], access: "white box",
        queries: "restarts · steps per candidate",
        deviations: "Adam instead of L-BFGS; squared distance of pixels instead of LPIPS")

    /// How many candidates, the first ones, are inverted.
    public var candidates: Int
    /// Steps of Adam from each start.
    public var steps: Int
    /// Starts.
    public var restarts: Int
    /// Adam's learning rate on the code.
    public var rate: Float
    /// ρ, the weight that keeps codes near the prior.
    public var priorWeight: Float

    /// Creates the attack.
    public init(candidates: Int, steps: Int = 150, restarts: Int = 2, rate: Float = 0.05, priorWeight: Float = 0.01) {
        self.candidates = candidates
        self.steps = steps
        self.restarts = restarts
        self.rate = rate
        self.priorWeight = priorWeight
    }

    /// Returns the best image of each of the first candidates.
    public func run(against victim: WhiteBox, knowing knowledge: Knowledge, random: RandomStream) throws
        -> Reconstructions
    {
        guard case .generativeAdversarialNetwork(let network) = victim.model.architecture else {
            throw ThreatModelError.unsupported("generator to invert", family: victim.model.architecture.family)
        }
        let chosen = Array(0..<min(candidates, knowledge.candidates.count))
        let targets = knowledge.candidates.requiredFeatures.gatherRows(chosen)
        try victim.charge(chosen.count * steps * restarts)
        var best = Tensor.zeros(targets.shape)
        var errors = [Float](repeating: .infinity, count: chosen.count)
        for restart in 0..<restarts {
            let images = invert(network, victim.model.parameters, targets, random[restart])
            let distances = images.rowSquaredDistances(targets)
            for row in chosen.indices where distances[row] < errors[row] {
                errors[row] = distances[row]
                for column in 0..<targets.columns {
                    best[row * targets.columns + column] = images[row * targets.columns + column]
                }
            }
        }
        return Reconstructions(candidates: chosen, images: best)
    }

    private func invert(
        _ network: GenerativeAdversarialNetwork, _ parameters: Parameters, _ targets: Tensor, _ random: RandomStream
    ) -> Tensor {
        var codes = random["start"].normalTensor([targets.rows, network.latents])
        var (first, second) = (Tensor.zeros(codes.shape), Tensor.zeros(codes.shape))
        for step in 1...max(steps, 1) {
            let tape = Tape(.summed)
            let bound = BoundParameters(parameters, on: tape, trainable: [])
            let z = tape.variable(codes)
            let error = squaredError(network.generate(z, bound), targets)
            tape.backward(from: sum(error) + sum(z * z) * priorWeight)
            codes.adam(
                gradient: tape.gradient(of: z), m: &first, v: &second, step: step, rate: rate, beta1: 0.9, beta2: 0.999,
                epsilon: 1e-8, decoupledDecay: 0, coupledDecay: 0)
        }
        let bound = BoundParameters(parameters, on: Tape(.inference))
        return network.generate(bound.tape.constant(codes), bound).value
    }
}
