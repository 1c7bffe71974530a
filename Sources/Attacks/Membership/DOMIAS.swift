import Models
public import Tensors
public import ThreatModel

/// Calls a record a member where the generator draws more often than the population warrants: s = ln p_G − ln p_R.
///
/// Both densities are estimated in coordinates along the population's principal components, the one from samples of the
/// generator, the other from records of the population.
/// - Source: van Breugel, Sun, Qian and van der Schaar, "Membership inference attacks against synthetic data through
///   overfitting detection", AISTATS 2023.
/// - Deviation: densities in a few principal components, by kernels, neighbours or a mixture instead of a flow.
public struct DOMIAS: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "domias", summary: "The density of generated samples at a record over that of the population.",
        paper: "van Breugel et al., AISTATS 2023", families: ["gan", "variational-autoencoder"],
        access: "samples only", knowledge: "candidates, population", queries: "a fixed number of samples",
        deviations: "densities in principal components, by kernels, neighbours or a mixture instead of a flow")

    /// How densities are estimated.
    public enum Estimator: String, Codable, Sendable, CaseIterable {
        /// ``KernelDensity``.
        case kernel = "kde"
        /// ``NearestNeighbourDensity``: up to a constant, the score is d·(ln r_R − ln r_G).
        case neighbours = "knn"
        /// ``GaussianMixture``.
        case mixture
    }

    /// How many samples are drawn.
    public var samples: Int
    /// How densities are estimated.
    public var estimator: Estimator
    /// The number of principal components.
    public var components: Int
    /// Which neighbour sets a radius.
    public var neighbours: Int
    /// The number of Gaussians in a mixture.
    public var mixture: Int
    /// Whether the population's density is taken off; without, the score is ln p_G alone, the paper's ablation.
    public var reference: Bool

    /// Creates the attack.
    public init(
        samples: Int = 10_000, estimator: Estimator = .kernel, components: Int = 10, neighbours: Int = 5,
        mixture: Int = 10, reference: Bool = true
    ) {
        precondition(samples > 1 && components > 0 && neighbours > 0 && mixture > 0, "DOMIAS: a setting below 1")
        (self.samples, self.estimator, self.components) = (samples, estimator, components)
        (self.neighbours, self.mixture, self.reference) = (neighbours, mixture, reference)
    }
    /// Creates the attack with `samples`, `estimator`: kde, knn or mixture, `components`, `neighbours`, `mixture` (the
    /// number of Gaussians) and `reference`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        samples = try settings.integer("samples", in: 2...10_000_000, default: 10_000)
        estimator = try settings.choice("estimator", default: Estimator.kernel)
        components = try settings.integer("components", in: 1...1000, default: 10)
        neighbours = try settings.integer("neighbours", in: 1...1000, default: 5)
        mixture = try settings.integer("mixture", in: 1...1000, default: 10)
        reference = try settings.flag("reference", default: true)
    }

    /// Returns ln p_G − ln p_R, or ln p_G alone without a population.
    ///
    /// - Shapes: candidates [C, d], samples [S, d], population [P, d]; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when widths differ or there are fewer than two samples or records.
    /// - Complexity: that of the estimator.
    public static func scores(
        candidates: Tensor, samples: Tensor, population: Tensor?, estimator: Estimator = .kernel, neighbours: Int = 5,
        mixture: Int = 10, random: RandomStream = RandomStream(seed: 0)
    ) throws(ThreatModelError) -> [Double] {
        func logDensities(_ name: String, _ records: Tensor) throws(ThreatModelError) -> [Double] {
            guard records.columns == candidates.columns, records.rows > 1 else {
                throw .mismatch("\(name) \(records.shape) must be two or more rows of \(candidates.columns) columns")
            }
            return switch estimator {
            case .kernel: KernelDensity(fitting: records).logDensities(of: candidates)
            case .neighbours:
                NearestNeighbourDensity(fitting: records, neighbours: neighbours).logDensities(of: candidates)
            case .mixture:
                GaussianMixture(fitting: records, components: mixture, random: random[name])
                    .logDensities(of: candidates)
            }
        }
        let generated = try logDensities("samples", samples)
        guard let population else { return generated }
        return zip(generated, try logDensities("population", population)).map { $0 - $1 }
    }

    /// Plays against the victim.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let population = try knowledge.requiredPopulation(Self.card.id).requiredFeatures
        let axes = PrincipalComponents(of: population, components: components)
        let drawn = try victim.features(samples, random["samples"], axes.project)
        let scores = try Self.scores(
            candidates: axes.project(knowledge.candidates.requiredFeatures), samples: drawn,
            population: reference ? axes.project(population) : nil, estimator: estimator, neighbours: neighbours,
            mixture: mixture, random: random["mixture"])
        return MembershipScores(scores)
    }
}
