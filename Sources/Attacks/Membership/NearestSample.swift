import Models
public import Tensors
public import ThreatModel

/// Calls a record a member when the generator draws something close to it.
///
/// Calibrated, the distance to samples of a reference generator, which the adversary trains on its population, is taken
/// off: what any generator draws well is no evidence.
/// - Source: Chen, Yu, Zhang and Fritz, "GAN-Leaks", CCS 2020, the full black-box attack.
/// - Deviation: squared Euclidean distance of pixels, principal components or gradients instead of LPIPS.
public struct NearestSample: MembershipAttack {
    /// The catalogue's entry.
    ///
    /// Calibrated it needs a population, a recipe and a trainer as well, and `pca` needs a population.
    public static let card = AttackCard(
        id: "nearest-sample", summary: "The distance from a record to the nearest of many generated samples.",
        paper: "Chen et al., CCS 2020", families: ["gan", "variational-autoencoder"], access: "samples only",
        queries: "a fixed number of samples",
        deviations: "Euclidean distance of pixels or other features instead of LPIPS; calibrated only on request")

    /// How many samples are drawn.
    public var samples: Int
    /// In which coordinates distances are taken.
    public var distance: ImageFeatures
    /// The number of principal components, of `pca`.
    public var components: Int
    /// Whether the distance to samples of a reference generator is taken off.
    public var calibrated: Bool

    /// Creates the attack.
    public init(samples: Int, distance: ImageFeatures = .pixels, components: Int = 40, calibrated: Bool = false) {
        precondition(samples > 0 && components > 0, "\(samples) samples, \(components) components")
        (self.samples, self.distance, self.components) = (samples, distance, components)
        self.calibrated = calibrated
    }
    /// Creates the attack with `samples` draws, `distance`: pixels, pca or hog, `components`, and `calibrated` or not.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        samples = try settings.integer("samples", in: 1...10_000_000, default: 5000)
        distance = try settings.choice("distance", default: ImageFeatures.pixels)
        components = try settings.integer("components", in: 1...1000, default: 40)
        calibrated = try settings.flag("calibrated", default: false)
    }

    /// Returns minus the squared distance to the nearest sample.
    ///
    /// - Shapes: candidates [C, D], samples [S, D]; scores [C].
    /// - Complexity: O(C·S·D), by matrix products.
    public static func scores(candidates: Tensor, samples: Tensor) -> [Double] {
        candidates.squaredDistancesToNearest(of: samples).map { -$0 }
    }

    /// Returns minus the squared distance to the nearest sample, plus that to the nearest of a reference generator's.
    ///
    /// - Shapes: candidates [C, D], samples [S, D], reference [R, D]; scores [C].
    /// - Complexity: O(C·(S + R)·D).
    public static func scores(candidates: Tensor, samples: Tensor, reference: Tensor) -> [Double] {
        zip(scores(candidates: candidates, samples: samples), scores(candidates: candidates, samples: reference))
            .map { $0 - $1 }
    }

    /// Plays against the victim.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let describe = try distance.description(knowledge, attack: Self.card.id, components: components)
        let candidates = try describe(knowledge.candidates.requiredFeatures)
        let reference = calibrated ? try knowledge.referenceModel(Self.card.id) : nil
        let drawn = try victim.features(samples, random["samples"], describe)
        guard let reference else { return MembershipScores(Self.scores(candidates: candidates, samples: drawn)) }
        let own = SamplesOnly(to: Victim(reference), meter: QueryMeter())
        let references = try own.features(samples, random["reference"], describe)
        return MembershipScores(Self.scores(candidates: candidates, samples: drawn, reference: references))
    }
}
