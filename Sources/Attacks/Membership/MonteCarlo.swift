import Models
import RealModule
import Statistics
public import Tensors
public import ThreatModel

/// Counts how many of a generator's samples fall into a ball about each record; of a class-conditional generator, how
/// many of those of the record's class.
///
/// - Source: Hilprecht, Härterich and Bernau, "Monte Carlo and reconstruction membership inference attacks against
///   generative models", PoPETs 2019.
/// - Deviation: the logarithmic kernel is ln(ε/d) instead of −ln d, so that it vanishes at the rim of the ball and does
///   not depend on the unit of distance. A percentile is taken from a histogram of 65,536 bins.
public struct MonteCarlo: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "monte-carlo", summary: "The share of generated samples within a ball about a record.",
        paper: "Hilprecht et al., PoPETs 2019", families: ["gan", "variational-autoencoder"], access: "samples only",
        knowledge: "candidates, population", queries: "a fixed number of samples",
        deviations: "the logarithmic kernel is ln(ε/d), which vanishes at the rim of the ball")

    /// How the radius of the ball is chosen.
    public enum Radius: String, Codable, Sendable, CaseIterable {
        /// The median, over the candidates, of the distance to the nearest sample.
        case median
        /// A percentile of all distances between candidates and samples.
        case percentile
    }
    /// What a sample within the ball counts for.
    public enum Kernel: String, Codable, Sendable, CaseIterable {
        /// One.
        case indicator
        /// ln(ε/d), d being a millionth of ε at least.
        case logarithm
    }

    /// How many samples are drawn.
    public var samples: Int
    /// In which coordinates distances are taken.
    public var features: ImageFeatures
    /// The number of principal components.
    public var components: Int
    /// The side of a cell of gradients in pixels.
    public var cell: Int
    /// The side of a block of gradients in cells.
    public var block: Int
    /// How the radius is chosen.
    public var radius: Radius
    /// Which percentile, in per cent.
    public var percentile: Double
    /// What a sample within the ball counts for.
    public var kernel: Kernel

    /// Creates the attack.
    public init(
        samples: Int = 30_000, features: ImageFeatures = .pca, components: Int = 40, cell: Int = 9, block: Int = 3,
        radius: Radius = .median, percentile: Double = 0.1, kernel: Kernel = .indicator
    ) {
        precondition(samples > 0 && components > 0, "\(samples) samples, \(components) components")
        (self.samples, self.features, self.components) = (samples, features, components)
        (self.cell, self.block, self.radius) = (cell, block, radius)
        (self.percentile, self.kernel) = (percentile, kernel)
    }
    /// Creates the attack with `samples`, `features`: pca, hog or pixels, `components` of pca, `cell` and `block` of
    /// hog, `radius`: median or percentile, `percentile` in per cent, and `kernel`: indicator or logarithm.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        samples = try settings.integer("samples", in: 1...10_000_000, default: 30_000)
        features = try settings.choice("features", default: ImageFeatures.pca)
        components = try settings.integer("components", in: 1...1000, default: 40)
        cell = try settings.integer("cell", in: 1...100, default: 9)
        block = try settings.integer("block", in: 1...100, default: 3)
        radius = try settings.choice("radius", default: Radius.median)
        percentile = try settings.number("percentile", in: 0...100, default: 0.1)
        kernel = try settings.choice("kernel", default: Kernel.indicator)
    }

    /// Returns the mean of the kernel over the samples; with labels, over the samples of the candidate's class.
    ///
    /// One radius holds for all candidates, whatever their class.
    /// - Shapes: candidates [C, D], samples [S, D], labels [C] and [S]; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when widths or labels do not belong together, or a candidate's class
    ///   has no sample.
    /// - Complexity: O(C·S·D) by matrix products, two or three times; memory O(C + S) beside the arguments.
    public static func scores(
        candidates: Tensor, samples: Tensor, candidateLabels: [Int32]? = nil, sampleLabels: [Int32]? = nil,
        radius: Radius = .median, percentile: Double = 0.1, kernel: Kernel = .indicator
    ) throws(ThreatModelError) -> [Double] {
        let groups = try groups(candidates, samples, candidateLabels, sampleLabels)
        let squared: Double
        switch radius {
        case .median:
            let nearest = groups.flatMap { group in
                NearestSample.scores(candidates: group.candidates, samples: group.samples).map { (-$0).squareRoot() }
            }
            let middle = median(nearest)
            // A root and its square may leave the sample out that set the radius.
            squared = middle * middle * (1 + 1e-12)
        case .percentile: squared = squaredPercentile(percentile / 100, groups)
        }
        var scores = [Double](repeating: 0, count: candidates.rows)
        for group in groups {
            for (place, score) in group.scores(squaredRadius: squared, kernel).enumerated() {
                scores[group.places[place]] = score
            }
        }
        return scores
    }

    /// Candidates and the samples with which they are compared.
    private struct Group {
        let places: [Int]
        let candidates: Tensor
        let samples: Tensor

        func forEachDistance(_ body: (_ candidate: Int, _ squared: Double) -> Void) {
            forEachBlock(of: samples) { part, _ in
                let distances = candidates.squaredDistances(to: part)
                for candidate in 0..<candidates.rows {
                    for squared in distances.row(candidate) { body(candidate, Double(squared)) }
                }
            }
        }

        func scores(squaredRadius: Double, _ kernel: Kernel) -> [Double] {
            var sums = [Double](repeating: 0, count: candidates.rows)
            forEachDistance { candidate, squared in
                guard squared <= squaredRadius else { return }
                switch kernel {
                case .indicator: sums[candidate] += 1
                case .logarithm where squaredRadius > 0:
                    sums[candidate] += 0.5 * Double.log(squaredRadius / max(squared, squaredRadius * 1e-12))
                case .logarithm: break
                }
            }
            return sums.map { $0 / Double(samples.rows) }
        }
    }

    private static func groups(
        _ candidates: Tensor, _ samples: Tensor, _ candidateLabels: [Int32]?, _ sampleLabels: [Int32]?
    ) throws(ThreatModelError) -> [Group] {
        guard candidates.rows > 0, samples.rows > 0, candidates.columns == samples.columns else {
            throw .mismatch("candidates \(candidates.shape) and samples \(samples.shape) must be rows of one width")
        }
        guard candidateLabels != nil || sampleLabels != nil else {
            return [Group(places: Array(0..<candidates.rows), candidates: candidates, samples: samples)]
        }
        guard let candidateLabels, let sampleLabels, candidateLabels.count == candidates.rows,
            sampleLabels.count == samples.rows
        else {
            throw .mismatch(
                "\(candidateLabels?.count ?? 0) labels of \(candidates.rows) candidates and "
                    + "\(sampleLabels?.count ?? 0) of \(samples.rows) samples; give one per row of both, or none")
        }
        let (own, drawn) = (indices(by: candidateLabels), indices(by: sampleLabels))
        var groups: [Group] = []
        for (label, places) in own.sorted(by: { $0.key < $1.key }) {
            guard let rows = drawn[label] else { throw .mismatch("no sample of class \(label) was drawn") }
            groups.append(
                Group(
                    places: places, candidates: candidates.gatherRows(places), samples: samples.gatherRows(rows)))
        }
        return groups
    }

    private static func indices(by labels: [Int32]) -> [Int32: [Int]] {
        Dictionary(grouping: labels.indices) { labels[$0] }
    }

    /// The squared distance below which a share of all distances lie, as the upper edge of its bin.
    ///
    /// Whole numbers are counted, so the order of the candidates does not matter.
    private static func squaredPercentile(_ share: Double, _ groups: [Group]) -> Double {
        var (least, most, total) = (Double.infinity, 0.0, 0)
        for group in groups {
            group.forEachDistance { _, squared in (least, most) = (min(least, squared), max(most, squared)) }
            total += group.candidates.rows * group.samples.rows
        }
        let (lowest, bins) = (least.squareRoot(), 65_536)
        let width = (most.squareRoot() - lowest) / Double(bins)
        guard width > 0 else { return most }
        var counts = [Int](repeating: 0, count: bins)
        for group in groups {
            group.forEachDistance { _, squared in
                counts[min(Int((squared.squareRoot() - lowest) / width), bins - 1)] += 1
            }
        }
        var left = Int((share * Double(total)).rounded(.up))
        let bin = counts.firstIndex { count in
            left -= count
            return left <= 0
        }
        let edge = lowest + width * Double((bin ?? bins - 1) + 1)
        return edge * edge
    }

    /// Plays against the victim.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let describe = try features.description(
            knowledge, attack: Self.card.id, components: components, cell: cell, block: block)
        let candidates = try describe(knowledge.candidates.requiredFeatures)
        let (drawn, classes) = try draw(from: victim, random["samples"], describe)
        let scores = try Self.scores(
            candidates: candidates, samples: drawn,
            candidateLabels: classes == nil ? nil : knowledge.candidates.labels, sampleLabels: classes, radius: radius,
            percentile: percentile, kernel: kernel)
        return MembershipScores(scores)
    }

    /// Features of samples; of a generator that can be asked for classes, as many of each, with their labels.
    private func draw(
        from victim: SamplesOnly, _ random: RandomStream, _ describe: (Tensor) throws(ThreatModelError) -> Tensor
    ) throws(ThreatModelError) -> (features: Tensor, labels: [Int32]?) {
        let classes = try victim.classes
        guard classes > 0 else { return (try victim.features(samples, random, describe), nil) }
        var (parts, labels) = ([Tensor](), [Int32]())
        for label in 0..<classes {
            // The samples that are left over go to the first classes.
            let share = samples / classes + (label < samples % classes ? 1 : 0)
            guard share > 0 else { continue }
            parts.append(try victim.features(share, of: Int32(label), random[label], describe))
            labels += [Int32](repeating: Int32(label), count: share)
        }
        return (Tensor.concatenatedRows(parts), labels)
    }
}
