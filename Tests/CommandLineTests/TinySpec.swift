import Foundation
import Testing

/// An experiment for the real program: all four families on committed data, a few seconds on one core.
enum TinySpec {
    static let yaml = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 200, population: 150}
        text: {dataset: sotu-excerpt, window: 32, candidates: 120, population: 100}
        evaluator: {hidden: [16, 8], training: {epochs: 2, batch: 32, rate: 0.001}}
        victims:
          - id: vae
            model: {family: variational-autoencoder, hidden: [32], latents: 4}
            training: {epochs: 20, batch: 16, rate: 0.002}
            shadows: {count: 4}
            attacks:
              - {attack: loss-threshold, signal: negative-elbo}
              - {attack: lira-online, signal: negative-elbo}
              - {attack: answer-distillation, budgets: [50, 100]}
              - {attack: decoder-inversion, auxiliary: 100}
          - id: vae-private
            like: vae
            privacy: {epsilon: 8, delta: 0.001}
            attacks:
              - {attack: loss-threshold, signal: negative-elbo}
          - id: gan
            model: {family: gan, hidden: [32], discriminator: [32], latents: 4}
            training: {epochs: 10, batch: 16, rate: 0.0005, beta1: 0.5}
            attacks:
              - {attack: logan-white-box}
              - {attack: nearest-sample, samples: 100}
              - {attack: generator-distillation, samples: 100}
          - id: autoencoder
            model: {family: autoencoder, hidden: [16], latents: 4}
            training: {epochs: 2, batch: 16, rate: 0.002}
            attacks:
              - {attack: loss-threshold, signal: reconstruction-error}
          - id: gpt
            model: {family: transformer, layers: 1, heads: 2, width: 16}
            training: {epochs: 3, batch: 16, rate: 0.003}
            shadows: {count: 2}
            canaries: {pattern: "the code is ####", perLevel: 2, insertions: [0, 1, 3], alternatives: 20}
            attacks:
              - {attack: loss-threshold, signal: token-loss}
              - {attack: lira-online, signal: token-loss}
              - {attack: canary-exposure}
              - {attack: prefix-continuation, candidates: 20, prefix: 8, length: 8}
        expect: []

        """

    /// Writes the spec into a folder.
    static func write(_ yaml: String = yaml, to folder: Scratch, as name: String = "tiny.yaml") throws -> String {
        let file = folder.file(name)
        try yaml.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }
}

/// A folder of runs, seen from outside.
struct Runs {
    let url: URL

    func findings(_ name: String = "tiny") throws -> Data {
        try Data(contentsOf: url.appending(path: "\(name)/findings.json"))
    }

    /// Every finished artefact, as stage/key, with what tells whether its seal was ever written again.
    func artefacts() throws -> [String: String] {
        let store = url.appending(path: ".store")
        var seals: [String: String] = [:]
        for item in try FileManager.default.subpathsOfDirectory(atPath: store.path)
        where item.hasSuffix("/DONE") && !item.hasPrefix(".") {
            let attributes = try FileManager.default.attributesOfItem(atPath: store.appending(path: item).path)
            let (changed, number) = (attributes[.modificationDate] as? Date, attributes[.systemFileNumber])
            seals[String(item.dropLast(5))] = "\(changed?.timeIntervalSince1970 ?? 0) \(number ?? 0)"
        }
        return seals
    }

    /// The artefact that was finished last, as stage/key; none that a stage makes beside its own.
    func lastArtefact() throws -> String? {
        let stages = try artefacts().filter { !$0.key.hasPrefix("surrogate/") }
        func time(_ seal: String) -> Double { seal.split(separator: " ").first.flatMap { Double($0) } ?? 0 }
        return stages.max { time($0.value) < time($1.value) }?.key
    }

    /// Takes the lock on an artefact, as stage/key, and returns the descriptor that holds it until it is closed.
    func lock(_ artefact: String) throws -> Int32 {
        let folder = url.appending(path: ".store/.locks")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: artefact.replacing("/", with: "-"))
        let descriptor = unsafe open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return descriptor
    }

    /// What is left of unfinished work.
    func leftovers() throws -> [String] {
        let temporary = url.appending(path: ".store/.tmp")
        guard FileManager.default.fileExists(atPath: temporary.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: temporary.path)
    }
}
