import Foundation
import Models
import Testing
import Training

@testable import Experiments

@Suite("Adversarial losses in specs")
struct AdversarialLossTests {
    @Test("A GAN's loss may be Wasserstein's; the usual one leaves no trace in what is hashed")
    func adversarialLoss() throws {
        func plan(_ keys: String) throws -> Plan {
            let model = "{family: gan, hidden: [6], discriminator: [5], latents: 4\(keys)}"
            return try TinyExperiment.plan(setting: ["victims.2.model=\(model)"])
        }
        func bytes(_ keys: String) throws -> Data {
            let victim = try #require(plan(keys).victims.first { $0.spec.id == "gan" })
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return try encoder.encode(victim.spec)
        }
        let plain = try bytes("")
        #expect(try bytes(", loss: nonsaturating") == plain)
        #expect(!String(decoding: plain, as: UTF8.self).contains("loss"))
        #expect(try bytes(", loss: wasserstein") != plain)
        for (keys, critic) in [
            (", loss: nonsaturating", nil), (", loss: wasserstein", WassersteinCritic(penalty: 10, steps: 5)),
            (", loss: wasserstein, penalty: 2.5, criticSteps: 3", WassersteinCritic(penalty: 2.5, steps: 3)),
        ] {
            let recipe = try #require(plan(keys).victims.first { $0.spec.id == "gan" }).recipe
            guard case .generativeAdversarialNetwork(let network) = recipe.architecture else {
                Issue.record("no GAN: \(recipe.architecture)")
                continue
            }
            #expect(network.critic == critic)
        }
    }

    @Test(
        "What only a Wasserstein critic has, and what it cannot have, is told",
        arguments: [
            ("family: gan, penalty: 10", "model.penalty: expected only with `loss: wasserstein`"),
            ("family: gan, loss: nonsaturating, criticSteps: 2", "model.criticSteps: expected only with"),
            ("family: gan, loss: wassrstein", "did you mean 'wasserstein'?"),
            ("family: gan, loss: wasserstein, criticSteps: 0", "model.criticSteps: expected"),
            ("family: gan, loss: wasserstein, penalty: -1", "model.penalty: expected"),
            ("family: autoencoder, loss: wasserstein", "model.loss: expected a gan, found a autoencoder"),
            (
                "family: gan, loss: wasserstein, convolutional: {channels: [4], normalisation: batch}",
                "model.convolutional: normalisation: a Wasserstein critic has none"
            ),
        ])
    func badAdversarialLoss(_ model: String, says: String) throws {
        let line = try #require(TinyExperiment.refusal(TinyExperiment.yaml, setting: ["victims.2.model={\(model)}"]))
        #expect(line.contains(says) && !line.contains("\n"), "\(line)")
    }
}
