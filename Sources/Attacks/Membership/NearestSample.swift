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
        let (left, right) = (candidates.rowSquaredNorms(), samples.rowSquaredNorms())
        let block = 1024
        var nearest = [Double](repeating: .infinity, count: candidates.rows)
        for start in stride(from: 0, to: samples.rows, by: block) {
            let part = samples.rows(start..<min(start + block, samples.rows))
            let products = matmul(candidates, part, transposing: .right)
            for record in 0..<candidates.rows {
                for (offset, product) in products.row(record).enumerated() {
                    // Cancellation may leave a tiny negative number for an exact copy.
                    let distance = max(0, Double(left[record] + right[start + offset] - 2 * product))
                    nearest[record] = min(nearest[record], distance)
                }
            }
        }
        return nearest.map { -$0 }
    }

    /// Plays against the victim.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let drawn = try victim.samples(samples, random["samples"])
        return MembershipScores(Self.scores(candidates: knowledge.candidates.requiredFeatures, samples: drawn))
    }
}
