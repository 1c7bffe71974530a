import Models
public import Tensors
public import ThreatModel

/// Calls a record a member when the generator draws something close to it.
///
/// - Source: Chen, Yu, Zhang and Fritz, "GAN-Leaks", CCS 2020, the full black-box attack.
/// - Deviation: squared Euclidean distance of pixels instead of LPIPS; no calibration by a reference generator.
public struct NearestSample: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "nearest-sample", summary: "The distance from a record to the nearest of many generated samples.",
        paper: "Chen et al., CCS 2020", families: ["gan", "variational-autoencoder"], access: "samples only",
        queries: "a fixed number of samples",
        deviations: "Euclidean distance of pixels instead of LPIPS; not calibrated by a reference generator")

    /// How many samples are drawn.
    public var samples: Int

    /// Creates the attack.
    public init(samples: Int) {
        precondition(samples > 0, "\(samples) samples")
        self.samples = samples
    }
    /// Creates the attack with `samples` draws.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        samples = try settings.integer("samples", in: 1...10_000_000, default: 5000)
    }

    /// Returns minus the squared distance to the nearest sample.
    ///
    /// - Shapes: candidates [C, D], samples [S, D]; scores [C].
    /// - Complexity: O(C·S·D), by matrix products.
    public static func scores(candidates: Tensor, samples: Tensor) -> [Double] {
        candidates.squaredDistancesToNearest(of: samples).map { -$0 }
    }

    /// Plays against the victim.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let drawn = try victim.samples(samples, random["samples"])
        return MembershipScores(Self.scores(candidates: knowledge.candidates.requiredFeatures, samples: drawn))
    }
}
