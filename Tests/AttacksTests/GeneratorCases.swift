import Attacks
import Models
import Training

extension ContractCase {
    /// Attacks on generators of images and tables: one line each.
    static let generatorCases: [ContractCase] = [
        membership(LOGAN(), Arena.gan),
        membership(NearestSample(samples: 1500), Arena.gan, queries: 1500),
        membership(NearestSample(samples: 1500), Arena.variationalAutoencoder, queries: 1500),
        membership(PartialBlackBox(samples: 300, evaluations: 60), Arena.gan, queries: 300 + 60 * 200),
        membership(LatentSearch(iterations: 25, samples: 300), Arena.gan, queries: 300 + 26 * 200),
        membership(LatentSearch(iterations: 25, start: .zero), Arena.variationalAutoencoder, queries: 26 * 200),
        membership(MonteCarlo(samples: 3000), Arena.gan, queries: 3000),
        membership(MonteCarlo(samples: 3000, kernel: .logarithm), Arena.variationalAutoencoder, queries: 3000),
        membership(ReconstructionAttack(draws: 20), Arena.variationalAutoencoder, queries: 20 * 200),
        membership(ReconstructionAttack(), Arena.autoencoder, queries: 200),
        membership(DOMIAS(samples: 1500, components: 40), Arena.variationalAutoencoder, queries: 1500),
        membership(
            DOMIAS(samples: 3000, estimator: .neighbours, components: 40, neighbours: 3), Arena.gan, queries: 3000),
        membership(
            DOMIAS(samples: 600, estimator: .mixture, components: 40), Arena.variationalAutoencoder, queries: 600),
        membership(LOGANBlackBox(samples: 3000, surrogate: surrogateGAN), Arena.gan, queries: 3000),
    ]

    private static let surrogateGAN = Recipe(
        .generativeAdversarialNetwork(
            GenerativeAdversarialNetwork(inputs: 64, generatorHidden: [64], discriminatorHidden: [256], latents: 8)),
        epochs: 40, batchSize: 100, optimiser: .adam(rate: 4e-3, beta1: 0.5))
}
