import Autograd
import Mechanisms
import Models
import Tensors
import Testing
import Training

/// Forty records of six pixels.
let tinyRecords = Records(features: RandomStream(seed: 1)["records"].uniformTensor([40, 6]))

/// Forty windows of five tokens.
let tinyWindows = Records(
    tokens: RandomStream(seed: 1)["windows"].words(200).map { Int32($0 % 7) }, window: 5)

/// A recipe under the name that a failure shows, and the records that it reads.
struct TinyRecipe: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var recipe: Recipe
    var records = tinyRecords

    init(_ name: String, _ recipe: Recipe, records: Records = tinyRecords) {
        (testDescription, self.recipe, self.records) = (name, recipe, records)
    }
}

extension TinyRecipe {
    static let autoencoder = Architecture.autoencoder(Autoencoder(inputs: 6, hidden: [5], latents: 2))
    static let dropped = Architecture.autoencoder(Autoencoder(inputs: 6, hidden: [5], latents: 2, dropout: 0.3))
    static let conditional = Architecture.variationalAutoencoder(
        VariationalAutoencoder(inputs: 6, hidden: [5], latents: 2, classes: 3))
    static let gan = Architecture.generativeAdversarialNetwork(
        GenerativeAdversarialNetwork(inputs: 6, generatorHidden: [5], discriminatorHidden: [4], latents: 3))
    static let wasserstein = Architecture.generativeAdversarialNetwork(
        GenerativeAdversarialNetwork(
            inputs: 6, generatorHidden: [5], discriminatorHidden: [4], latents: 3, critic: WassersteinCritic(steps: 2)))
    /// A DCGAN of images of three by two pixels.
    static func dcgan(_ normalisation: Convolutions.Normalisation) -> Architecture {
        .generativeAdversarialNetwork(
            GenerativeAdversarialNetwork(
                inputs: 6, generatorHidden: [], discriminatorHidden: [], latents: 3,
                convolutions: Convolutions(
                    height: 3, width: 2,
                    layers: [.init(channels: 2, kernel: 2, padding: 1), .init(channels: 3, kernel: 2)],
                    normalisation: normalisation)))
    }
    static let transformer = Architecture.transformer(
        Transformer(vocabulary: 7, context: 4, layers: 1, heads: 2, width: 8))
    static let privacy = GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 0.8)
    static var treePrivacy: GradientPrivacy {
        var privacy = privacy
        privacy.mechanism = .ftrl
        return privacy
    }

    /// 150 steps each, so that a segment is two steps.
    static let all = [
        TinyRecipe(
            "an autoencoder, Adam, cosine",
            Recipe(
                dropped, epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-2, decay: 0.01),
                schedule: .cosine(warmup: 10, floor: 0.1), gradientNorm: 1)),
        TinyRecipe(
            "an autoencoder, momentum",
            Recipe(autoencoder, epochs: 30, batchSize: 8, optimiser: .sgd(rate: 1e-2, momentum: 0.9, nesterov: true))),
        TinyRecipe("a GAN, two phases", Recipe(gan, epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-3))),
        TinyRecipe(
            "a GAN of two rates and a number of steps that no passes make",
            Recipe(
                gan, epochs: 1, batchSize: 12, optimiser: .adam(rate: 1e-3), steps: 150,
                optimisers: ["discriminator": .sgd(rate: 1e-2, momentum: 0.5)])),
        TinyRecipe(
            "a private conditional variational autoencoder",
            Recipe(conditional, epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-3), privacy: privacy),
            records: Records(features: tinyRecords.requiredFeatures, labels: (0..<40).map { Int32($0 % 3) })),
        TinyRecipe(
            "a private GAN",
            Recipe(gan, epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-3), privacy: privacy)),
        TinyRecipe(
            "a private Wasserstein GAN",
            Recipe(wasserstein, epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-3), privacy: privacy)),
        TinyRecipe(
            "a convolutional GAN with batch norm",
            Recipe(dcgan(.batch), epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-3, decay: 0.1))),
        TinyRecipe(
            "a private convolutional GAN",
            Recipe(dcgan(.group), epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-3), privacy: privacy)),
        TinyRecipe(
            "a private autoencoder",
            Recipe(dropped, epochs: 30, batchSize: 8, optimiser: .adam(rate: 1e-3), privacy: privacy)),
        TinyRecipe(
            "an autoencoder by tree aggregation",
            Recipe(autoencoder, epochs: 30, batchSize: 8, optimiser: .sgd(rate: 1e-2), privacy: treePrivacy)),
        TinyRecipe(
            "a private transformer",
            Recipe(transformer, epochs: 15, batchSize: 4, optimiser: .adam(rate: 1e-3), privacy: privacy),
            records: tinyWindows),
    ]
}

/// ‖a − b‖₂ over all parameters.
func distance(_ a: Parameters, _ b: Parameters) -> Double {
    a.names.reduce(0) { $0 + (a[$1] - b[$1]).squaredNorm() }.squareRoot()
}
