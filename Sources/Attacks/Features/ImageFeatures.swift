import Models
import Tensors
import ThreatModel

/// In which coordinates images are near or far.
public enum ImageFeatures: String, Codable, Sendable, CaseIterable {
    /// The pixels, or the cells of a table.
    case pixels
    /// The first principal components of the population.
    case pca
    /// ``HistogramOfGradients``.
    case hog

    /// Returns what maps images [n, pixels] to features [n, width].
    ///
    /// - Throws: ``ThreatModelError`` when there is no population for principal components, or no size of images, which
    ///   may be missing if they are square, for gradients.
    func description(
        _ knowledge: Knowledge, attack: String, components: Int, cell: Int = 9, block: Int = 3
    ) throws(ThreatModelError) -> (Tensor) throws(ThreatModelError) -> Tensor {
        switch self {
        case .pixels: return { images in images }
        case .pca:
            let population = try knowledge.requiredPopulation(attack).requiredFeatures
            let axes = PrincipalComponents(of: population, components: components)
            return { images in axes.project(images) }
        case .hog:
            let pixels = knowledge.candidates.requiredFeatures.columns
            guard let size = knowledge.imageSize ?? ImageSize(squareOf: pixels) else {
                throw .missingKnowledge("the size of the images", attack: attack)
            }
            let gradients = try HistogramOfGradients(size, cell: cell, block: block)
            return { images throws(ThreatModelError) in try gradients.describe(images) }
        }
    }
}

extension ImageSize {
    /// The extents of a square image of so many pixels, if there is one.
    fileprivate init?(squareOf pixels: Int) {
        let side = Int(Double(pixels).squareRoot().rounded())
        guard side * side == pixels else { return nil }
        self.init(width: side, height: side)
    }
}
