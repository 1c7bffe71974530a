import Foundation
import Statistics
import Tensors
public import ThreatModel

/// Learns, on records that nobody trained on, how the signal is distributed given the record, and asks how unlikely the
/// candidate's is: no shadow model, no knowledge of the architecture.
///
/// - Source: Bertran, Tang, Kearns, Morgenstern, Roth and Wu, NeurIPS 2023.
/// - Deviation: the regression is linear in kernels around some population records, instead of a network or boosted
///   trees.
public struct QuantileRegression: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "quantile-regression",
        summary: "How far above its predicted distribution the signal lies, learned on population records.",
        paper: "Bertran et al., NeurIPS 2023", families: LiRA.card.families, access: "scores",
        knowledge: "candidates, population", queries: "1 per candidate and population record",
        trainings: "none", deviations: "a regression linear in Gaussian kernels around population records")
    /// As LiRA.
    public static let scale = SignalScale.logit
    /// The target on the population, and what a regression may read.
    public var needs: SignalNeeds { [.population, .descriptors] }

    /// What is learned.
    public enum Variant: String, Codable, Sendable, CaseIterable {
        /// A mean and a deviation per record; the score is the standardised signal.
        case gaussian
        /// Quantiles, each by the pinball loss; the score is the level that the signal reaches.
        case pinball
    }
    /// What is learned.
    public var variant: Variant
    /// How many population records the kernels stand around.
    public var landmarks: Int
    /// The levels of the quantiles that are learned; between them the score is interpolated.
    static let levels = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99]
    /// The fewest population records from which a distribution may be learned.
    public static let fewestRecords = 40

    /// Creates the attack.
    public init(variant: Variant = .gaussian, landmarks: Int = 64) {
        (self.variant, self.landmarks) = (variant, landmarks)
    }
    /// Creates the attack with `variant`: gaussian or pinball, and `landmarks`.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        variant = try settings.choice("variant", default: Variant.gaussian)
        landmarks = try settings.integer("landmarks", in: 1...4096, default: 64)
    }

    /// Returns (s − µ(x))/σ(x), or the level of s among the predicted quantiles of x.
    ///
    /// - Throws: ``ThreatModelError`` without features, or with fewer than ``fewestRecords`` population records.
    /// - Complexity: O((C + P)·L·(D + iterations)) for L landmarks.
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let population = try table.requiredPopulation(Self.card.id)
        guard let features = table.features, let known = table.populationFeatures,
            features.columns == known.columns, known.rows == population.count, features.rows == table.target.count
        else { throw .missingKnowledge("features of candidates and population, equally wide", attack: Self.card.id) }
        guard population.count >= Self.fewestRecords else {
            throw .mismatch(
                "\(Self.card.id): expected at least \(Self.fewestRecords) population records, found \(population.count); "
                    + "ask for more")
        }
        let kernels = KernelFeatures(landmarks: known.rows(0..<min(landmarks, known.rows)))
        let (rows, candidates) = (kernels.rows(of: known), kernels.rows(of: features))
        let moments = Moments(of: population)
        let unit = max(moments.populationStandardDeviation, .leastNormalMagnitude)
        let observed = population.map { ($0 - moments.mean) / unit }
        let target = table.target.map { ($0 - moments.mean) / unit }
        switch variant {
        case .gaussian:
            let model = GaussianRegression(rows, observed)
            return zip(candidates, target).map { row, value in model.standardised(value, given: row) }
        case .pinball:
            let models = Self.levels.map { QuantileLine(rows, observed, level: $0) }
            return zip(candidates, target).map { row, value in
                Self.level(of: value, among: models.map { $0.value(row) }.sorted())
            }
        }
    }

    /// The level that a value reaches among sorted quantiles, linear between them; beyond them it goes on at the slope of
    /// the last step, so that nothing ties.
    private static func level(of value: Double, among quantiles: [Double]) -> Double {
        let last = quantiles.count - 1
        let above = min(max(quantiles.firstIndex { $0 > value } ?? last, 1), last)
        let (low, high) = (quantiles[above - 1], quantiles[above])
        let slope = (levels[above] - levels[above - 1]) / max(high - low, 1e-9)
        return levels[above - 1] + (value - low) * slope
    }
}
