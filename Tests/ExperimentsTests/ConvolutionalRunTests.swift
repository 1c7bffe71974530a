import Auditing
import Foundation
import Statistics
import Testing

@testable import Experiments

@Suite("Convolutional victims") struct ConvolutionalRunTests {
    private static let yaml = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 60, population: 80, shrink: 2}
        evaluator: {hidden: [16, 8], training: {epochs: 1, batch: 32, rate: 0.001}}
        victims:
          - id: autoencoder
            model: {family: autoencoder, latents: 4, convolutional: {channels: [3, 4], normalisation: batch}}
            training: {epochs: 1, batch: 16, rate: 0.002}
            shadows: {count: 2}
            attacks:
              - {attack: loss-threshold, signal: reconstruction-error}
              - {attack: difficulty-calibration, signal: reconstruction-error}
              - {attack: lira-online, signal: reconstruction-error}
              - {attack: answer-distillation, budgets: [20]}
              - {attack: decoder-inversion, auxiliary: 30}
          - id: vae
            model:
              family: variational-autoencoder
              latents: 4
              hidden: [8]
              convolutional: {channels: [3, 4], kernel: [3, 4], stride: [1, 2], normalisation: group, activation: silu}
            training: {epochs: 1, batch: 16, rate: 0.002}
            attacks:
              - {attack: loss-threshold, signal: negative-elbo}
              - {attack: nearest-sample, samples: 50}
          - id: gan
            model: {family: gan, latents: 4, convolutional: {channels: [3, 4], normalisation: batch}}
            training: {epochs: 1, batch: 16, rate: 0.0005, beta1: 0.5}
            attacks:
              - {attack: logan-white-box}
              - {attack: nearest-sample, samples: 50}
              - {attack: latent-inversion, candidates: 20, steps: 3}
              - {attack: generator-distillation, samples: 40}
          - id: gan-private
            like: gan
            model: {family: gan, latents: 4, convolutional: {channels: [3, 4], normalisation: group}}
            training: {epochs: 1, batch: 16, rate: 0.0005}
            privacy: {epsilon: 8, delta: 0.001}
            attacks:
              - {attack: logan-white-box}
          - id: classifier
            model: {family: classifier, convolutional: {channels: [3, 4], padding: 0}}
            training: {epochs: 1, batch: 16, rate: 0.002}
            attacks:
              - {attack: loss-threshold, signal: logit-confidence}
              - {attack: answer-distillation, budgets: [20]}
        """

    @Test("every attack on the families plays against their convolutional members, and the run ends the same twice")
    func everyAttack() throws {
        let scratch = try Scratch()
        func findings(_ name: String, workers: Int) throws -> Findings {
            let plan = try TinyExperiment.plan(Self.yaml)
            let (artefacts, log) = try plan.run(in: scratch.file(name), workers: workers)
            #expect(log.stages("failed").isEmpty)
            return try plan.assemble(artefacts).findings
        }
        let found = try findings("first", workers: 2)
        let rows = found.rows.filter { !$0.isControl }
        #expect(rows.count == 15 && rows.contains { $0.id == "autoencoder/shadow-pool" })
        #expect(found.victims.allSatisfy { $0.utility.heldOut.isFinite })
        #expect(found.rows.compactMap(\.membership).allSatisfy { (0...1).contains($0.auc.value) })
        #expect(found.victims.first { $0.id == "gan-private" }?.epsilon.map { $0.epsilon <= 8 } == true)
        #expect(try findings("second", workers: 1) == found)
    }
}
