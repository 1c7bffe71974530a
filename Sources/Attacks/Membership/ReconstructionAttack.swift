import Autograd
import Models
public import Tensors
public import ThreatModel

/// Calls a record a member when the model reconstructs it well.
///
/// Of a variational autoencoder the squared error is averaged over draws from the posterior; the same noise serves
/// every candidate. An autoencoder has one reconstruction.
/// - Source: Hilprecht, Härterich and Bernau, "Monte Carlo and reconstruction membership inference attacks against
///   generative models", PoPETs 2019.
/// - Deviation: 300 draws by default instead of 300,000.
public struct ReconstructionAttack: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "reconstruction", summary: "The squared error of a record's reconstructions.",
        paper: "Hilprecht et al., PoPETs 2019", families: ["variational-autoencoder", "autoencoder"],
        access: "white box", queries: "draws per candidate; of an autoencoder, 1",
        deviations: "fewer draws by default than in the paper")

    /// How many codes are drawn from each posterior.
    public var draws: Int

    /// Creates the attack.
    public init(draws: Int = 300) {
        precondition(draws > 0, "\(draws) draws")
        self.draws = draws
    }
    /// Creates the attack with `draws` of the code.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        draws = try settings.integer("draws", in: 1...1_000_000, default: 300)
    }

    /// Returns minus the mean squared distance to the reconstructions.
    ///
    /// - Shapes: candidates [C, D], each of the reconstructions [C, D]; scores [C]. They may be made as they are asked
    ///   for.
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when a reconstruction has another shape, or there is none.
    /// - Complexity: O(C·D) for each reconstruction.
    public static func scores(
        candidates: Tensor, reconstructions: some Sequence<Tensor>
    ) throws(ThreatModelError) -> [Double] {
        var (sums, count) = ([Double](repeating: 0, count: candidates.rows), 0)
        for images in reconstructions {
            guard images.shape == candidates.shape else {
                throw .mismatch("reconstructions \(images.shape) of candidates \(candidates.shape)")
            }
            for (row, distance) in candidates.rowSquaredDistances(images).values.enumerated() {
                sums[row] += Double(distance)
            }
            count += 1
        }
        guard count > 0 else { throw .mismatch("no reconstruction of \(candidates.rows) candidates") }
        return sums.map { -$0 / Double(count) }
    }

    /// Plays against the victim.
    public func run(against victim: WhiteBox, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let (candidates, parameters) = (knowledge.candidates, victim.model.parameters)
        switch victim.model.architecture {
        case .autoencoder:
            try victim.charge(candidates.count)
            let images = try victim.model.answers(candidates)
            return MembershipScores(
                try Self.scores(candidates: candidates.requiredFeatures, reconstructions: [images]))
        case .variationalAutoencoder(let network):
            try victim.model.checkLabels(of: candidates)
            try victim.charge(candidates.count * draws)
            let (mean, deviation) = posterior(network, parameters, candidates)
            let images = (0..<draws).lazy.map { draw in
                let noise = random["noise"][draw].normalTensor([network.latents])
                let repeated = noise.reshaped([1, network.latents])
                    .gatherRows([Int](repeating: 0, count: candidates.count))
                let codes = Records(features: mean + deviation * repeated, labels: candidates.labels)
                return evaluate(parameters, on: codes) { bound, batch in
                    let z = bound.tape.constant(batch.requiredFeatures)
                    return activate(network.decode(z, of: batch.labels, bound), .sigmoid)
                }
            }
            return MembershipScores(
                try Self.scores(candidates: candidates.requiredFeatures, reconstructions: images))
        default:
            throw ThreatModelError.unsupported("reconstruction", family: victim.model.architecture.family)
        }
    }

    /// Mean and deviation of each candidate's posterior, shape [C, latents] each.
    private func posterior(_ network: VariationalAutoencoder, _ parameters: Parameters, _ candidates: Records) -> (
        mean: Tensor, deviation: Tensor
    ) {
        let both = evaluate(parameters, on: candidates) { bound, batch in
            let x = bound.tape.constant(batch.requiredFeatures)
            let (mean, logVariance) = network.posterior(x, of: batch.labels, bound)
            return concatenateColumns([mean, activate(logVariance * 0.5, .exponential)])
        }
        return (both.columns(0..<network.latents), both.columns(network.latents..<2 * network.latents))
    }
}
