import Auditing
import Datasets
import Foundation
import Store
import Synchronization

@testable import Experiments

/// All four families on committed data, in a second or two.
enum TinyExperiment {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let head = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 100, population: 120}
        text: {dataset: sotu-excerpt, window: 32, candidates: 80, population: 90}
        evaluator: {hidden: [16, 8], training: {epochs: 1, batch: 32, rate: 0.001}}
        victims:

        """
    static let vae = """
          - id: vae
            model: {family: variational-autoencoder, hidden: [16], latents: 4}
            training: {epochs: 2, batch: 16, rate: 0.002}
            shadows: {count: 2}
            attacks:
              - {attack: loss-threshold, signal: negative-elbo}
              - {attack: lira-online, signal: negative-elbo}
              - {attack: answer-distillation, budgets: [20, 40]}
              - {attack: decoder-inversion, auxiliary: 30}

        """
    static let vaePrivate = """
          - id: vae-private
            like: vae
            training: {epochs: 1, batch: 16, rate: 0.002}
            privacy: {epsilon: 8, delta: 0.001}
            attacks:
              - {attack: loss-threshold, signal: negative-elbo}

        """
    static let gan = """
          - id: gan
            model: {family: gan, hidden: [16], discriminator: [16], latents: 4}
            training: {epochs: 2, batch: 16, rate: 0.0005, beta1: 0.5}
            attacks:
              - {attack: logan-white-box}
              - {attack: nearest-sample, samples: 50}

        """
    static let autoencoder = """
          - id: autoencoder
            model: {family: autoencoder, hidden: [16], latents: 4}
            training: {epochs: 2, batch: 16, rate: 0.002}
            attacks:
              - {attack: loss-threshold, signal: reconstruction-error}

        """
    static let gpt = """
          - id: gpt
            model: {family: transformer, layers: 1, heads: 2, width: 8}
            training: {epochs: 1, batch: 16, rate: 0.003}
            shadows:
              count: 2
              model: {family: transformer, layers: 1, heads: 1, width: 8}
              training: {epochs: 1, batch: 16, rate: 0.003}
            canaries: {pattern: "the code is ####", perLevel: 2, insertions: [0, 1, 3], alternatives: 20}
            attacks:
              - {attack: loss-threshold, signal: token-loss}
              - {attack: lira-online, signal: token-loss}
              - {attack: canary-exposure}
              - {attack: prefix-continuation, candidates: 20, prefix: 8, length: 8}

        """
    static let yaml = head + vae + vaePrivate + gan + autoencoder + gpt

    static func registry() throws -> DatasetRegistry {
        try DatasetRegistry(repository: repository, cache: repository.appending(path: ".no-cache"))
    }

    static func spec(_ yaml: String = yaml, setting overrides: [String] = []) throws -> Spec {
        try Spec(yaml: try Overrides.apply(overrides, to: yaml, name: "tiny.yaml"), name: "tiny.yaml")
    }

    /// The one line with which a spec is refused; `nil` when it is not.
    static func refusal(_ yaml: String, setting overrides: [String] = []) -> String? {
        do {
            _ = try spec(yaml, setting: overrides)
            return nil
        } catch {
            return error is SpecError ? "\(error)" : "no SpecError: \(error)"
        }
    }

    static func plan(_ yaml: String = yaml, setting overrides: [String] = []) throws -> Plan {
        try Plan(try spec(yaml, setting: overrides), registry: try registry())
    }

    /// The key of every stage.
    static func keys(_ yaml: String = yaml, setting overrides: [String] = []) throws -> [String: Key] {
        try plan(yaml, setting: overrides).keys
    }
}

extension Plan {
    /// The key of every stage by its identifier.
    var keys: [String: Key] { Dictionary(uniqueKeysWithValues: stages.map { ($0.id, $0.key) }) }

    /// Runs in a store, and returns what was told meanwhile.
    func run(in folder: URL, workers: Int = 1) throws -> (artefacts: [String: Artefact], log: EventLog) {
        let log = EventLog()
        let store = ArtefactStore(root: folder) { log.append("damaged", $0) }
        let executor = LocalExecutor(self, store: store, observer: log.observer)
        return (try executor.run(workers: workers).artefacts, log)
    }
}

/// What a run told: pairs of what happened and to which stage.
final class EventLog: Sendable {
    private let events = Mutex<[(what: String, stage: String)]>([])

    func append(_ what: String, _ stage: String) { events.withLock { $0.append((what, stage)) } }

    /// The stages to which something happened, sorted.
    func stages(_ what: String) -> [String] {
        events.withLock { all in all.filter { $0.what == what }.map(\.stage) }.sorted()
    }

    var observer: RunObserver {
        RunObserver { [self] event in
            switch event {
            case .cached(let stage): append("reused", stage.id)
            case .finished(let stage, _): append("finished", stage.id)
            case .failed(let stage, let reason): append("failed", "\(stage.id): \(reason)")
            case .skipped(let stage): append("skipped", stage.id)
            case .began, .progressed: break
            }
        }
    }
}
