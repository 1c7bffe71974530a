import Foundation
import Mechanisms
import Models
import Synchronization
import Tensors
import Testing
import Training

/// Architectures large enough that products, rows and elements are all cut into pieces.
private enum Sizeable: String, CaseIterable {
    case autoencoder, gan, convolutional, transformer

    var architecture: Architecture {
        switch self {
        case .autoencoder: .autoencoder(Autoencoder(inputs: 400, hidden: [256], latents: 32))
        case .gan:
            .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(
                    inputs: 400, generatorHidden: [256], discriminatorHidden: [256], latents: 32))
        case .convolutional:
            .variationalAutoencoder(
                VariationalAutoencoder(
                    inputs: 400, hidden: [], latents: 8,
                    convolutions: Convolutions(
                        height: 20, width: 20,
                        layers: [
                            .init(channels: 16, kernel: 4, stride: 2, padding: 1),
                            .init(channels: 32, kernel: 4, stride: 2, padding: 1),
                        ])))
        case .transformer:
            .transformer(Transformer(vocabulary: 50, context: 64, layers: 2, heads: 2, width: 64))
        }
    }

    /// 240 records, in batches of 120: 40 steps are twenty passes.
    func recipe(privacy: GradientPrivacy? = nil) -> Recipe {
        Recipe(architecture, epochs: 20, batchSize: 120, optimiser: .adam(rate: 1e-3), privacy: privacy)
    }

    var records: Records {
        let random = RandomStream(seed: 5)
        guard self == .transformer else { return Records(features: random.uniformTensor([240, 400])) }
        return Records(tokens: random.words(240 * 65).map { Int32($0 % 50) }, window: 65)
    }
}

@Suite("A training in its steady state") struct SteadyStateTests {
    /// In a process of its own, since the pool counts for all threads.
    @Test("asks the operating system for nothing") func allocations() async {
        await #expect(processExitsWith: .exitCode(17)) {
            let isSteady = try Sizeable.allCases.map { family in
                let counts = Mutex<[Int]>([])
                let observer = TrainingObserver(
                    progress: { _ in counts.withLock { $0.append(StoragePool.shared.allocations) } })
                _ = try family.recipe().train(
                    on: family.records, random: RandomStream(seed: 2), observer: observer)
                return counts.withLock { counts in
                    // The first steps do ask; two threads may need a few steps until each has met every block.
                    counts.count == 40 && counts[0] > 0 && counts[39] == counts[20]
                }
            }
            exit(isSteady.allSatisfy { $0 } ? 17 : 1)
        }
    }

    /// In a process of its own, since the limit on threads is the process's.
    @Test("gives the same bytes on any number of threads") func sameBytes() async {
        await #expect(processExitsWith: .success) {
            for privacy in [nil, GradientPrivacy(clippingNorm: 1, noiseMultiplier: 1)] {
                for family in Sizeable.allCases {
                    var recipe = family.recipe(privacy: privacy)
                    recipe.epochs = 2
                    let trained = try [1, 2, 5].map { limit in
                        Threads.limit = limit
                        return try recipe.train(on: family.records, random: RandomStream(seed: 3)).model
                    }
                    #expect(trained[0] == trained[1] && trained[0] == trained[2], "\(family)")
                }
            }
        }
    }
}
