import Models
public import Tensors
public import ThreatModel

/// Searches, by function values alone, for the code whose image is nearest to each record: s = −min ‖x − G(z)‖².
///
/// The search starts from the nearest of a set of codes that all candidates share, whose images are asked for once.
/// - Source: Chen, Yu, Zhang and Fritz, "GAN-Leaks", CCS 2020, the partial black-box attack.
/// - Deviation: an evolution strategy (``MirroredSearch``) instead of Powell's method; squared Euclidean distance of
///   pixels instead of LPIPS.
public struct PartialBlackBox: MembershipAttack {
    /// The catalogue's entry.
    ///
    /// Calibrated it needs a population, a recipe and a trainer as well.
    public static let card = AttackCard(
        id: "gan-leaks-pbb", summary: "The distance to the nearest image that a search by codes finds.",
        paper: "Chen et al., CCS 2020", families: ["gan", "variational-autoencoder"], access: "images of codes",
        queries: "samples, and evaluations per candidate",
        deviations: "an evolution strategy instead of Powell's method; Euclidean distance of pixels instead of LPIPS; "
            + "calibrated only on request")

    /// How many codes are drawn to start from.
    public var samples: Int
    /// Queries per candidate.
    public var evaluations: Int
    /// The deviation of the first steps; codes have a deviation of one.
    public var deviation: Double
    /// Whether the distance that the same search finds in a reference generator is taken off.
    public var calibrated: Bool

    /// Creates the attack.
    public init(samples: Int = 1000, evaluations: Int = 1000, deviation: Double = 0.3, calibrated: Bool = false) {
        precondition(samples > 0 && evaluations > 0, "\(samples) samples, \(evaluations) evaluations")
        (self.samples, self.evaluations) = (samples, evaluations)
        (self.deviation, self.calibrated) = (deviation, calibrated)
    }
    /// Creates the attack with `samples` to start from, `evaluations` per candidate, `deviation` of the first steps,
    /// and `calibrated` or not.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        samples = try settings.integer("samples", in: 1...1_000_000, default: 1000)
        evaluations = try settings.integer("evaluations", in: 1...1_000_000, default: 1000)
        deviation = try settings.number("deviation", in: 1e-6...100, default: 0.3)
        calibrated = try settings.flag("calibrated", default: false)
    }

    /// Returns minus the distances, less those to a reference generator's images if there are any.
    ///
    /// - Shapes: distances and reference [C]; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when their numbers differ.
    public static func scores(distances: [Double], reference: [Double]? = nil) throws(ThreatModelError) -> [Double] {
        guard let reference else { return distances.map { -$0 } }
        guard reference.count == distances.count else {
            throw .mismatch("\(distances.count) distances and \(reference.count) of a reference generator")
        }
        return zip(distances, reference).map { $1 - $0 }
    }

    /// Plays against the victim.
    public func run(against victim: LatentQueries, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let candidates = knowledge.candidates.requiredFeatures
        let reference = calibrated ? try knowledge.referenceModel(Self.card.id) : nil
        let distances = try distances(from: candidates, to: victim, random)
        let references = try reference.map {
            try self.distances(from: candidates, to: LatentQueries(to: Victim($0), meter: QueryMeter()), random)
        }
        return MembershipScores(try Self.scores(distances: distances, reference: references))
    }

    private func distances(from candidates: Tensor, to generator: LatentQueries, _ random: RandomStream) throws
        -> [Double]
    {
        let codes = random["start"].normalTensor([samples, try generator.latents])
        let start = codes.gatherRows(nearestRows(to: candidates, in: try generator.images(of: codes)))
        let search = MirroredSearch(evaluations: evaluations - 1, deviation: deviation)
        return try search.minimise(start, random["search"]) { codes in
            try generator.images(of: codes).rowSquaredDistances(candidates).values.map(Double.init)
        }.values
    }
}
