import Testing

@testable import Experiments

@Suite("Specs that are refused")
struct SpecRefusalTests {
    @Test("A bad spec is refused in one line that names the file, the place and the remedy", arguments: BadSpec.all)
    func bad(_ subject: BadSpec) throws {
        try #require(TinyExperiment.yaml.contains(subject.piece))
        let line = try #require(
            TinyExperiment.refusal(
                TinyExperiment.yaml.replacing(subject.piece, with: subject.replacement, maxReplacements: 1)))
        #expect(line.hasPrefix("tiny.yaml: ") && !line.contains("\n") && line.contains(subject.says), "\(line)")
    }

    @Test(
        "A document that is no mapping is refused without an empty place",
        arguments: ["", "3", "- 1", "just a text"])
    func noMapping(_ yaml: String) throws {
        let line = try #require(TinyExperiment.refusal(yaml))
        #expect(line.contains("expected a mapping") && !line.contains(": :"), "\(line)")
    }

    @Test("A spec without victims is refused")
    func noVictims() throws {
        let line = try #require(TinyExperiment.refusal("name: a\nseed: 1\nvictims: []"))
        #expect(line == "tiny.yaml: victims: expected at least one, found none")
    }
}

/// A spec that must be refused, and what its one line must say.
struct BadSpec: Sendable, CustomTestStringConvertible {
    var name: String
    /// A piece of the good spec, and what stands in its place.
    var piece: String
    var replacement: String
    var says: String
    var testDescription: String { name }

    init(_ name: String, _ piece: String, _ replacement: String, says: String) {
        (self.name, self.piece, self.replacement, self.says) = (name, piece, replacement, says)
    }

    static let elbo = "{attack: loss-threshold, signal: negative-elbo}"
    static let canaries =
        "canaries: {pattern: \"the code is ####\", perLevel: 2, insertions: [0, 1, 3], alternatives: 20}"

    static let all: [BadSpec] = [
        BadSpec("unknown key", "like: vae", "lik: vae", says: "victims[1]: unknown key 'lik'; did you mean 'like'?"),
        BadSpec(
            "unknown key far from all others", "like: vae", "frobnication: vae",
            says: "victims[1]: unknown key 'frobnication'; expected one of attacks, audit, canaries, data, "
                + "deduplicate, defence"),
        BadSpec(
            "unknown key at the top", "seed: 7", "seed: 7\nvictim: 3",
            says: "unknown key 'victim'; did you mean 'victims'"),
        BadSpec(
            "σ is derived", "delta: 0.001}", "delta: 0.001, sigma: 1}", says: "victims[1].privacy: unknown key 'sigma'"),
        BadSpec("wrong type", "seed: 7", "seed: many", says: "seed: expected an integer"),
        BadSpec("negative seed", "seed: 7", "seed: -7", says: "seed: expected an integer"),
        BadSpec(
            "a list for a mapping", "privacy: {epsilon: 8, delta: 0.001}", "privacy: [8]", says: "privacy: expected a"),
        BadSpec(
            "a mapping for a list", "insertions: [0, 1, 3]", "insertions: {a: 1}", says: "insertions: expected a list"),
        BadSpec("missing name", "name: tiny\n", "", says: "name: required, and missing"),
        BadSpec("name that is a path", "name: tiny", "name: ../tiny", says: "name: expected letters, digits"),
        BadSpec("missing epochs", "epochs: 1, batch: 32", "batch: 32", says: "evaluator.training.epochs: required"),
        BadSpec("missing model", "like: vae", "memberRate: 0.5", says: "'vae-private' needs a model and a training"),
        BadSpec("missing images", "images: {dataset", "# {dataset", says: "images: required by victim 'vae'"),
        BadSpec("missing text", "text: {dataset", "# {dataset", says: "text: required by victim 'gpt'"),
        BadSpec("missing evaluator", "evaluator: {", "# {", says: "evaluator: required by victim 'gan'"),
        BadSpec(
            "ε zero", "epsilon: 8", "epsilon: 0",
            says: "privacy.epsilon: expected a number from 0.01 to 1000.0, found 0.0"),
        BadSpec("ε negative", "epsilon: 8", "epsilon: -1", says: "privacy.epsilon: expected"),
        BadSpec("ε infinite", "epsilon: 8", "epsilon: .inf", says: "privacy.epsilon: expected"),
        BadSpec("δ zero", "delta: 0.001", "delta: 0", says: "privacy.delta: expected"),
        BadSpec("negative epochs", "epochs: 2", "epochs: -1", says: "training.epochs: expected a number from 0 to"),
        BadSpec("no batch", "batch: 16", "batch: 0", says: "training.batch: expected"),
        BadSpec("rate zero", "rate: 0.002", "rate: 0", says: "training.rate: expected"),
        BadSpec("rate negative", "rate: 0.002", "rate: -0.1", says: "training.rate: expected"),
        BadSpec("rate that is no number", "rate: 0.002", "rate: .nan", says: "training.rate: expected"),
        BadSpec("warm-up negative", "rate: 0.002", "rate: 0.002, warmup: -1", says: "training.warmup: expected"),
        BadSpec("gradient's norm zero", "rate: 0.002", "rate: 0.002, gradientNorm: 0", says: "gradientNorm: expected"),
        BadSpec(
            "member rate one", "like: vae", "like: vae\n    memberRate: 1", says: "victims[1].memberRate: expected"),
        BadSpec("one candidate", "candidates: 100", "candidates: 1", says: "images.candidates: expected"),
        BadSpec("one shadow", "{count: 2}", "{count: 1}", says: "victims[0].shadows.count: expected"),
        BadSpec(
            "no hidden layer", "hidden: [16], latents: 4}", "hidden: [], latents: 4}", says: "hidden: expected a list"),
        BadSpec(
            "a list of another length", "hidden: [16], latents: 4}",
            "latents: 4, convolutional: {channels: [4, 8], kernel: [3]}}",
            says: "victims[0].model.convolutional.kernel: expected one number or a list of 2, found [3]"),
        BadSpec(
            "a rim as wide as the kernel", "hidden: [16], latents: 4}",
            "latents: 4, convolutional: {channels: [4], kernel: 3, padding: 3}}",
            says: "convolutional.padding: expected less than the kernel's 3, found 3"),
        BadSpec(
            "no channels", "hidden: [16], latents: 4}", "latents: 4, convolutional: {kernel: 3}}",
            says: "convolutional.channels: required, and missing"),
        BadSpec(
            "unknown normalisation", "hidden: [16], latents: 4}",
            "latents: 4, convolutional: {channels: [4], normalisation: bacth}}",
            says:
                "convolutional.normalisation: expected one of none, batch, group, found 'bacth'; did you mean 'batch'?"),
        BadSpec(
            "unknown activation", "hidden: [16], latents: 4}",
            "latents: 4, convolutional: {channels: [4], activation: selu}}", says: "did you mean 'elu'?"),
        BadSpec(
            "unknown key of convolutions", "hidden: [16], latents: 4}",
            "latents: 4, convolutional: {channels: [4], strides: 2}}", says: "did you mean 'stride'?"),
        BadSpec(
            "convolutions of text", "heads: 2, width: 8}", "heads: 2, width: 8, convolutional: {channels: [4]}}",
            says: "model.convolutional: expected a family of images, found a transformer"),
        BadSpec(
            "batch norm of private data", "hidden: [16], latents: 4}",
            "latents: 4, convolutional: {channels: [4], normalisation: batch}}",
            says: "'vae-private' is private, but batch norm mixes records; give its model 'normalisation: group'"),
        BadSpec("heads", "heads: 2", "heads: 3", says: "model.width: expected a multiple of heads (3), found 8"),
        BadSpec(
            "unknown positions", "heads: 2", "heads: 2, positions: rotery",
            says: "model.positions: expected one of learned, rotary, found 'rotery'; did you mean 'rotary'?"),
        BadSpec(
            "rotary heads of odd width", "heads: 2, width: 8", "heads: 2, width: 6, positions: rotary",
            says: "model.positions: rotary positions need heads of even width, found 6 in 2 heads"),
        BadSpec("unknown norm", "heads: 2", "heads: 2, norm: batch", says: "model.norm: expected one of layer, rms"),
        BadSpec(
            "unknown activation", "heads: 2", "heads: 2, activation: galu",
            says: "found 'galu'; did you mean 'gelu'?"),
        BadSpec(
            "unknown family", "variational-autoencoder", "variational-autoencodr", says: "did you mean 'variational-a"),
        BadSpec("unknown attack", "loss-threshold", "loss-treshold", says: "did you mean 'loss-threshold'?"),
        BadSpec(
            "unknown signal", "negative-elbo", "elbo", says: "attacks[0].signal: expected one of reconstruction-error"),
        BadSpec("missing signal", elbo, "{attack: loss-threshold}", says: "signal: required by loss-threshold"),
        BadSpec(
            "signal of another family", elbo, "{attack: loss-threshold, signal: token-loss}",
            says: "or importance-weighted or reconstruction-error or negative-elbo, found 'token-loss'"),
        BadSpec(
            "attack of another family", elbo, "{attack: canary-exposure}",
            says: "canary-exposure on 'vae': expected a victim of transformer, found a variational-autoencoder"),
        BadSpec(
            "unknown variance", elbo, "{attack: lira-online, signal: negative-elbo, variance: own}", says: "variance"),
        BadSpec(
            "an attack twice", elbo, "{attack: lira-online, signal: negative-elbo, variance: grand}",
            says: "'vae' has 'lira-online/negative-elbo' twice"),
        BadSpec("no shadows", "    shadows: {count: 2}\n", "", says: "lira-online on 'vae' needs shadows"),
        BadSpec(
            "shadows of another family", "{count: 2}", "{count: 2, model: {family: autoencoder}}",
            says: "the shadows of 'vae': expected a variational-autoencoder"),
        BadSpec(
            "a student that cannot learn", "budgets: [20, 40]}", "budgets: [20], model: {family: transformer}}",
            says: "a transformer cannot learn from the answers of a variational-autoencoder"),
        BadSpec("no canaries", canaries, "memberRate: 0.5", says: "canary-exposure on 'gpt' needs canaries"),
        BadSpec(
            "continuation beyond the window", "prefix: 8, length: 8", "prefix: 20, length: 20",
            says: "expected prefix + length of at most the window's 32, found 40"),
        BadSpec("unknown original", "like: vae", "like: vea", says: "'vae-private' is like 'vea'"),
        BadSpec("an id twice", "id: gan", "id: vae", says: "the id 'vae' is taken twice"),
        BadSpec("an id that is a path", "id: gan", "id: a/b", says: "victims[2].id: expected letters, digits"),
        BadSpec(
            "an id of a control", "id: gan", "id: vae-untrained",
            says: "'vae-untrained' is that of an untrained control"),
        BadSpec("a key twice", "seed: 7", "seed: 7\nseed: 8", says: "seed"),
        BadSpec("no YAML", "seed: 7", "seed: [7", says: "YAML"),
    ]
}
