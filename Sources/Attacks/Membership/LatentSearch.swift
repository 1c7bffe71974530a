import Autograd
import Models
public import Tensors
public import ThreatModel

/// Searches, by gradients, for the code whose image is nearest to each record.
///
/// Minimises ‖x − G(z)‖² + λ₃·(‖z‖² − d)², whose second term keeps a code as long as those of the prior are, by
/// ``LBFGS``; the score is minus the distance of the image alone.
/// - Source: Chen, Yu, Zhang and Fritz, "GAN-Leaks", CCS 2020, the white-box attack.
/// - Deviation: squared Euclidean distance of pixels instead of LPIPS; a line search by sufficient descent.
public struct LatentSearch: MembershipAttack {
    /// The catalogue's entry.
    ///
    /// Calibrated it needs a population, a recipe and a trainer as well.
    public static let card = AttackCard(
        id: "gan-leaks-wb", summary: "The distance to the nearest image that a search by gradients finds.",
        paper: "Chen et al., CCS 2020", families: ["gan", "variational-autoencoder"], access: "white box",
        queries: "samples, and iterations + 1 per candidate",
        deviations: "Euclidean distance of pixels instead of LPIPS; calibrated only on request")

    /// Where a search starts.
    public enum Start: String, Codable, Sendable, CaseIterable {
        /// At the code of the nearest of a set of samples.
        case nearest
        /// At zero.
        case zero
        /// At one random code, the same for all candidates.
        case random
    }

    /// The iterations, each an evaluation of the generator and its gradient.
    public var iterations: Int
    /// Where a search starts.
    public var start: Start
    /// How many samples `nearest` draws.
    public var samples: Int
    /// λ₃.
    public var normWeight: Double
    /// Whether the distance that the same search finds in a reference generator is taken off.
    public var calibrated: Bool

    /// Creates the attack.
    public init(
        iterations: Int = 100, start: Start = .nearest, samples: Int = 1000, normWeight: Double = 0.001,
        calibrated: Bool = false
    ) {
        precondition(iterations >= 0 && samples > 0, "\(iterations) iterations, \(samples) samples")
        (self.iterations, self.start, self.samples) = (iterations, start, samples)
        (self.normWeight, self.calibrated) = (normWeight, calibrated)
    }
    /// Creates the attack with `iterations`, `start`: nearest, zero or random, `samples` of nearest, `lambda3`, and
    /// `calibrated` or not.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        iterations = try settings.integer("iterations", in: 0...100_000, default: 100)
        start = try settings.choice("start", default: Start.nearest)
        samples = try settings.integer("samples", in: 1...1_000_000, default: 1000)
        normWeight = try settings.number("lambda3", in: 0...1e6, default: 0.001)
        calibrated = try settings.flag("calibrated", default: false)
    }

    /// Returns minus the distances, less those to a reference generator's images if there are any.
    ///
    /// - Shapes: distances and reference [C]; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when their numbers differ.
    public static func scores(distances: [Double], reference: [Double]? = nil) throws(ThreatModelError) -> [Double] {
        try PartialBlackBox.scores(distances: distances, reference: reference)
    }

    /// Plays against the victim.
    public func run(against victim: WhiteBox, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let candidates = knowledge.candidates.requiredFeatures
        _ = try victim.model.generator()
        let reference = calibrated ? try knowledge.referenceModel(Self.card.id) : nil
        try victim.charge((start == .nearest ? samples : 0) + candidates.rows * (iterations + 1))
        let distances = try distances(from: candidates, to: victim.model, random)
        let references = try reference.map { try self.distances(from: candidates, to: $0, random) }
        return MembershipScores(try Self.scores(distances: distances, reference: references))
    }

    private func distances(from candidates: Tensor, to model: Model, _ random: RandomStream) throws -> [Double] {
        let generator = try model.generator()
        let starts = startingCodes(candidates, generator, model.parameters, random["start"])
        var distances: [Double] = []
        // A tape holds every layer's output, so candidates are searched for in groups.
        try forEachBlock(of: candidates, rows: 256) { targets, first in
            let codes = starts.rows(first..<first + targets.rows)
            let found = try LBFGS(iterations: iterations).minimise(codes) { codes in
                objective(codes, targets, generator, model.parameters)
            }
            distances += zip(found.values, penalties(found.points)).map { max(0, $0 - $1) }
        }
        return distances
    }

    private func startingCodes(
        _ candidates: Tensor, _ generator: Generator, _ parameters: Parameters, _ random: RandomStream
    ) -> Tensor {
        switch start {
        case .zero: return .zeros([candidates.rows, generator.latents])
        case .random:
            let code = random.normalTensor([1, generator.latents])
            return code.gatherRows([Int](repeating: 0, count: candidates.rows))
        case .nearest:
            let codes = random.normalTensor([samples, generator.latents])
            let images = evaluate(parameters, on: Records(features: codes)) {
                generator.draw($0.tape.constant($1.requiredFeatures), $0)
            }
            return codes.gatherRows(nearestRows(to: candidates, in: images))
        }
    }

    private func objective(
        _ codes: Tensor, _ targets: Tensor, _ generator: Generator, _ parameters: Parameters
    ) -> (values: [Double], gradients: Tensor) {
        let tape = Tape(.summed)
        let bound = BoundParameters(parameters, on: tape, trainable: [])
        let z = tape.variable(codes)
        let excess = rowSums(z * z) + -Float(generator.latents)
        let error = squaredError(generator.draw(z, bound), targets)
        let total = error + excess * excess * Float(normWeight)
        tape.backward(from: total)
        return (total.value.values.map(Double.init), tape.gradient(of: z))
    }

    /// λ₃·(‖z‖² − d)² of each code.
    private func penalties(_ codes: Tensor) -> [Double] {
        codes.rowSquaredNorms().values.map { norm in
            let excess = Double(norm) - Double(codes.columns)
            return normWeight * excess * excess
        }
    }
}
