import Models
public import Tensors
public import ThreatModel

/// Counts how many shifted copies of an image the victim classifies correctly.
///
/// - Source: Choquette-Choo, Tramèr, Carlini and Papernot, "Label-only membership inference attacks", ICML 2021.
/// - Deviation: the correct views are counted. The paper trains a classifier on which of them a shadow model gets right,
///   and a pool keeps its answers to the candidates, not to shifted copies of them. Shifts up to the distance are asked,
///   not only those at it, and there are no rotations.
public struct AugmentationAttack: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "augmentation", summary: "The number of shifted copies of an image that the victim classifies correctly.",
        paper: "Choquette-Choo et al., ICML 2021", families: ["classifier"], access: "labels",
        knowledge: "candidates with labels, the size of the images",
        queries: "1 + 2d(d + 1) per candidate for shifts up to d pixels, 5 by default",
        deviations: "counts the correct views instead of training a classifier on them; no rotations")

    /// The largest shift in pixels, rows and columns together.
    public var distance: Int

    /// Creates the attack.
    public init(distance: Int = 1) {
        precondition(distance >= 0, "shifts by up to \(distance) pixels")
        self.distance = distance
    }
    /// Creates the attack with `distance` in pixels.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        distance = try settings.integer("distance", in: 1...64, default: 1)
    }

    /// All shifts by whole pixels with |right| + |down| ≤ distance, the one by nothing among them.
    public var shifts: [(right: Int, down: Int)] {
        (-distance...distance).flatMap { down in
            let most = distance - abs(down)
            return (-most...most).map { (right: $0, down: down) }
        }
    }

    /// Returns images moved by whole pixels; what moves in is zero.
    ///
    /// - Shapes: [count, height·width·channels] → the same.
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the width of the records is no multiple of the pixels.
    public static func shifted(
        _ images: Tensor, _ size: ImageSize, right: Int, down: Int
    ) throws(ThreatModelError) -> Tensor {
        let pixels = size.width * size.height
        guard pixels > 0, images.columns % pixels == 0 else {
            throw .mismatch(
                "records of width \(images.columns) as images of \(size.width) × \(size.height) pixels; "
                    + "expected a multiple of \(pixels)")
        }
        let channels = images.columns / pixels
        let sources: [Int?] = (0..<pixels).map { pixel in
            let (row, column) = (pixel / size.width - down, pixel % size.width - right)
            let isInside = (0..<size.height).contains(row) && (0..<size.width).contains(column)
            return isInside ? row * size.width + column : nil
        }
        let values = (0..<images.rows).flatMap { record in
            let image = images.row(record)
            return sources.flatMap { source in
                (0..<channels).map { channel in source.map { image[$0 * channels + channel] } ?? 0 }
            }
        }
        return Tensor(values, shape: images.shape)
    }

    /// Returns the number of views in which the predicted class is the record's.
    ///
    /// - Shapes: predicted [views][C], labels [C]; scores [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the counts differ.
    public static func scores(predicted: [[Int32]], labels: [Int32]) throws(ThreatModelError) -> [Double] {
        try correctViews(predicted, labels).map(Double.init)
    }

    /// Plays against the victim.
    public func run(against victim: LabelsOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let labels = try knowledge.requiredLabels(Self.card.id)
        let size = try knowledge.requiredImageSize(Self.card.id)
        let images = try knowledge.requiredFeatures(Self.card.id)
        let predicted = try shifts.map { shift in
            let moved = try Self.shifted(images, size, right: shift.right, down: shift.down)
            return try victim.labels(Records(features: moved))
        }
        return MembershipScores(try Self.scores(predicted: predicted, labels: labels))
    }
}
