import Foundation
import Models
import Tensors
import Testing
import Training

@testable import Experiments

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

    static func expecting(_ relation: String) -> String { "expect:\n  - {statement: claim, gate: true, \(relation)}\n" }

    static let relations: [BadSpec] = [
        BadSpec(
            "a row that is not there", "", "left: {row: gan/nearest-samples, measure: auc}, atLeast: 0.5",
            says: "expect: 'claim': there is no row 'gan/nearest-samples'; did you mean 'gan/nearest-sample'?"),
        BadSpec(
            "a victim that is not there", "", "left: {victim: vea, measure: gap}, atLeast: 0",
            says: "there is no victim 'vea'; did you mean 'vae'?"),
        BadSpec(
            "a right side that is not there", "",
            "left: {victim: vae, measure: gap}, exceeds: {victim: nobody-at-all, measure: gap}",
            says: "there is no victim 'nobody-at-all'; expected one of vae, vae-private"),
        BadSpec(
            "both a row and a victim", "", "left: {row: a, victim: b, measure: c}, atLeast: 1",
            says: "either a row, or rows, or a victim"),
        BadSpec(
            "no comparison", "", "left: {victim: vae, measure: gap}",
            says: "expected one of atLeast, atMost, contains and exceeds"),
        BadSpec(
            "a factor of zero", "", "left: {victim: vae, measure: gap}, atLeast: 1, factor: 0",
            says: "expect[0].factor: expected a number from"),
        BadSpec(
            "no rows", "", "left: {rows: [], measure: auc}, atLeast: 1", says: "either a row, or rows, or a victim"),
        BadSpec(
            "one of several rows that is not there", "",
            "left: {rows: [gan/logan-white-box, gan/nearest-samples], measure: auc}, atLeast: 1",
            says: "there is no row 'gan/nearest-samples'; did you mean 'gan/nearest-sample'?"),
    ]
}

@Suite("Specs")
struct SpecTests {
    /// The one line with which a spec is refused.
    private func refusal(_ yaml: String, setting overrides: [String] = []) -> String? {
        do {
            _ = try TinyExperiment.spec(yaml, setting: overrides)
            return nil
        } catch {
            return error is SpecError ? "\(error)" : "no SpecError: \(error)"
        }
    }

    @Test("A bad spec is refused in one line that names the file, the place and the remedy", arguments: BadSpec.all)
    func bad(_ subject: BadSpec) throws {
        try #require(TinyExperiment.yaml.contains(subject.piece))
        let line = try #require(
            refusal(TinyExperiment.yaml.replacing(subject.piece, with: subject.replacement, maxReplacements: 1)))
        #expect(line.hasPrefix("tiny.yaml: ") && !line.contains("\n") && line.contains(subject.says), "\(line)")
    }

    @Test("A relation of what is not there is refused in one line", arguments: BadSpec.relations)
    func badRelation(_ subject: BadSpec) throws {
        let line = try #require(refusal(TinyExperiment.yaml + BadSpec.expecting(subject.replacement)))
        #expect(line.hasPrefix("tiny.yaml: ") && !line.contains("\n") && line.contains(subject.says), "\(line)")
    }

    @Test(
        "A document that is no mapping is refused without an empty place",
        arguments: ["", "3", "- 1", "just a text"])
    func noMapping(_ yaml: String) throws {
        let line = try #require(refusal(yaml))
        #expect(line.contains("expected a mapping") && !line.contains(": :"), "\(line)")
    }

    @Test("A spec without victims is refused")
    func noVictims() throws {
        let line = try #require(refusal("name: a\nseed: 1\nvictims: []"))
        #expect(line == "tiny.yaml: victims: expected at least one, found none")
    }

    @Test("The good spec is good, and each original has an untrained control with its attacks without shadows")
    func good() throws {
        let spec = try TinyExperiment.spec()
        #expect(
            spec.victims.map(\.id) == [
                "vae", "vae-private", "gan", "autoencoder", "gpt", "vae-untrained", "gan-untrained",
                "autoencoder-untrained", "gpt-untrained",
            ])
        let control = try #require(spec.victims.first { $0.id == "vae-untrained" })
        #expect(control.isControl && control.attacks.map(\.attack) == ["loss-threshold"] && control.shadows == nil)
        #expect(spec.victims[1].model == spec.victims[0].model && spec.victims[1].base == "vae")
    }

    @Test("A transformer has GPT-2's form, with an untied head, unless the spec asks for another")
    func transformers() throws {
        func architecture(_ overrides: [String]) throws -> Architecture {
            try TinyExperiment.spec(setting: overrides).victims[4].model.architecture(
                inputs: 0, size: (0, 0), classes: 0, vocabulary: 50, window: 32)
        }
        let plain = Transformer(vocabulary: 50, context: 32, layers: 1, heads: 2, width: 8)
        #expect(try architecture([]) == .transformer(plain))
        let other = Transformer(
            vocabulary: 50, context: 32, layers: 1, heads: 2, width: 8, isTied: true, positions: .rotary,
            norm: .rootMeanSquare, activation: .exactGELU, hasBias: true, hasNormBias: false)
        let asked = ["tied=true", "positions=rotary", "norm=rms", "activation=exact-gelu"]
        #expect(try architecture(asked.map { "victims.4.model.\($0)" }) == .transformer(other))
        var bare = plain
        (bare.hasBias, bare.hasNormBias) = (false, false)
        #expect(try architecture(["victims.4.model.bias=false"]) == .transformer(bare))
    }

    @Test("Overrides reach every place, keep the rest, and take any YAML")
    func overrides() throws {
        let spec = try TinyExperiment.spec(setting: [
            "victims.0.training.epochs=5", "victims.0.model.hidden=[3, 4]", "seed=9", "victims.1.memberRate=0.25",
            "text.fallback=true",
        ])
        var expected = try TinyExperiment.spec()
        #expect(spec.victims[0].training.epochs == 5 && spec.victims[0].model.hidden == [3, 4])
        #expect(spec.seed == 9 && spec.victims[1].memberRate == 0.25 && spec.text?.fallback == true)
        #expect(spec.victims[4] == expected.victims[4], "the quoted pattern with its # survives")
        expected.seed = 9
        #expect(try TinyExperiment.spec(setting: ["seed=9"]) == expected)
    }

    @Test(
        "A bad override is refused in one line",
        arguments: [
            ("seed", "expected path=value, found no '='"), ("=5", "an empty name"), ("a..b=5", "an empty name"),
            ("seed=", "expected a value after '='"), ("seed=[1", "--set seed=[1: expected YAML"),
            ("victims.9.id=x", "expected an index below 5, found '9'"), ("victims.x.id=y", "found 'x'"),
            ("victims.0.id.x=y", "'x' leads into a single value"),
            ("victims.0.training.epoch=4", "victims[0].training: unknown key 'epoch'; did you mean 'epochs'?"),
            ("victims.0.training.epochs=-4", "victims[0].training.epochs: expected"),
            ("imges.candidates=4", "unknown key 'imges'; did you mean 'images'?"),
        ])
    func badOverride(_ assignment: String, says: String) throws {
        let line = try #require(refusal(TinyExperiment.yaml, setting: [assignment]))
        #expect(line.contains(says) && !line.contains("\n"), "\(line)")
    }

    @Test("Convolutions take one number for all layers or one for each, and images may be shrunk")
    func convolutions() throws {
        let model = "{family: gan, latents: 4, convolutional: {channels: [4, 6], kernel: [5, 4], activation: silu}}"
        let plan = try TinyExperiment.plan(setting: ["victims.2.model=\(model)", "images.shrink=2"])
        let victim = try #require(plan.victims.first { $0.spec.id == "gan" })
        #expect(victim.split.size == (14, 14) && victim.split.candidates.features?.columns == 196)
        let expected = GenerativeAdversarialNetwork(
            inputs: 196, generatorHidden: [], discriminatorHidden: [], latents: 4,
            convolutions: Convolutions(
                height: 14, width: 14,
                layers: [
                    .init(channels: 4, kernel: 5, stride: 2, padding: 1),
                    .init(channels: 6, kernel: 4, stride: 2, padding: 1),
                ], activation: .silu))
        #expect(victim.recipe.architecture == .generativeAdversarialNetwork(expected))
    }

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
        let line = try #require(refusal(TinyExperiment.yaml, setting: ["victims.2.model={\(model)}"]))
        #expect(line.contains(says) && !line.contains("\n"), "\(line)")
    }

    @Test("An override of a spec that is no YAML blames the spec")
    func overrideOfNothing() throws {
        #expect(try #require(refusal("a: [", setting: ["a=1"])).hasPrefix("tiny.yaml: expected YAML"))
        #expect(try #require(refusal("", setting: ["a=1"])).hasPrefix("tiny.yaml: expected a mapping"))
    }

    @Test("What only the data can tell is told when the run is laid out, before anything is written")
    func dataChecks() throws {
        for (assignment, says) in [
            ("images.candidates=100000", "images.candidates: expected at most the 5000 records"),
            ("text.candidates=1000000", "text.candidates: expected at most the"),
            (
                "victims.0.attacks.2.budgets=[20, 4000]",
                "images.population: answer-distillation on 'vae' needs at least 4000"
            ),
            ("images.population=0", "images.population:"), ("text.population=0", "text.population:"),
            ("victims.0.memberRate=0.999", "change memberRate"), ("text.dataset=sout", "sotu"),
            ("victims.4.canaries.pattern=the code is secret", "one run of 1 to 18 '#'"),
            ("victims.4.canaries.pattern=\"a code that is far too long to fit ####\"", "characters"),
            ("victims.4.canaries.alternatives=9999", "10000 in all"),
            ("images.shrink=3", "expected one of 1, 2, 4, 7, 14, 28"),
            (
                "victims.0.model.convolutional={channels: [4, 4, 4, 4, 4, 4]}",
                "the model of 'vae'.convolutional: 6 convolutions leave nothing of images of 28x28"
            ),
        ] {
            let error = #expect(throws: (any Error).self) { try TinyExperiment.plan(setting: [assignment]) }
            let line = error.map { "\($0)" } ?? ""
            #expect(line.contains(says) && !line.contains("\n"), "\(assignment): \(line)")
        }
    }

    @Test("Every part of a spec that is written as it is read comes back equal")
    func roundTrip() throws {
        func expectSame<T: Codable & Equatable>(_ value: T, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let copy = try JSONDecoder().decode(T.self, from: JSONEncoder().encode(value))
            #expect(copy == value, sourceLocation: sourceLocation)
        }
        let relation = BadSpec.expecting(
            "left: {row: gan/nearest-sample, measure: auc}, atLeast: 0.1, exceeds: {victim: vae, measure: gap}, margin: 2"
        )
        let spec = try TinyExperiment.spec(TinyExperiment.yaml + relation)
        try expectSame(try #require(spec.images))
        try expectSame(try #require(spec.text))
        try expectSame(try #require(spec.evaluator))
        try expectSame(spec.victims)
        try expectSame(spec.expect)
    }

    @Test("Every experiment that we ship is well-formed")
    func shipped() throws {
        let folder = TinyExperiment.repository.appending(path: "experiments")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        #expect(!files.isEmpty)
        for file in files {
            let spec = try Spec(contentsOf: file)
            #expect(!spec.victims.isEmpty && spec.name == file.deletingPathExtension().lastPathComponent)
        }
    }
}
