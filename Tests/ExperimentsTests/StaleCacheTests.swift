import Auditing
import Foundation
import Store
import Testing

@testable import Experiments

/// Four caching bugs that a peer's issue tracker lists, each of which gave numbers of another experiment silently.
@Suite("Nothing stale is reused")
struct StaleCacheTests {
    private let base: [String: Key]

    init() throws { base = try TinyExperiment.keys() }

    /// The stages whose key differs between the two.
    private func changed(_ other: [String: Key]) -> Set<String> {
        Set(base.keys.filter { base[$0] != other[$0] })
    }

    private func stages(where isIncluded: (String) -> Bool) -> Set<String> { Set(base.keys.filter(isIncluded)) }

    @Test("Stale target signals: a victim that is trained otherwise gets new attacks and measures, and only it does")
    func staleTarget() throws {
        let keys = try TinyExperiment.keys(setting: ["victims.4.training.rate=0.004"])
        #expect(
            changed(keys)
                == stages {
                    ["victim", "measure", "pool", "blind", "attack"].contains($0.prefix { $0 != "/" })
                        && $0.contains("/gpt")
                })
        #expect(base["shadow/gpt/0"] == keys["shadow/gpt/0"])
    }

    @Test(
        "Stale target signals: everything that a victim is made from changes its key and its attacks'",
        arguments: [
            "victims.0.model.hidden=[17]", "victims.0.model.latents=5", "victims.0.training.epochs=3",
            "victims.0.training.batch=20", "victims.0.training.beta2=0.99", "victims.0.training.gradientNorm=1",
            "victims.0.memberRate=0.4", "victims.0.model.dropout=0.1",
        ])
    func everyField(_ assignment: String) throws {
        let keys = try TinyExperiment.keys(setting: [assignment])
        for stage in base.keys where stage == "victim/vae" || stage.hasPrefix("attack/vae/") {
            #expect(base[stage] != keys[stage], "\(stage)")
        }
        #expect(base["victim/gan"] == keys["victim/gan"])
    }

    @Test("Stale target signals: another privacy budget is another victim")
    func privacy() throws {
        let keys = try TinyExperiment.keys(setting: ["victims.1.privacy.epsilon=4"])
        #expect(
            changed(keys) == [
                "victim/vae-private", "measure/vae-private", "attack/vae-private/loss-threshold/negative-elbo",
            ])
        let clipped = try TinyExperiment.keys(setting: ["victims.1.privacy.clip=2"])
        #expect(changed(clipped) == changed(keys))
    }

    @Test(
        "Stale shadows: shadows that are trained otherwise, or are others, change what reads them, and not the victim",
        arguments: ["victims.4.shadows.training.rate=0.01", "victims.4.shadows.model.width=4"])
    func staleShadows(_ assignment: String) throws {
        let keys = try TinyExperiment.keys(setting: [assignment])
        #expect(changed(keys) == ["shadow/gpt/0", "shadow/gpt/1", "pool/gpt", "attack/gpt/lira-online/token-loss"])
    }

    @Test("Stale shadows: a shadow more leaves the shadows that are there")
    func oneMoreShadow() throws {
        let keys = try TinyExperiment.keys(setting: ["victims.4.shadows.count=3"])
        #expect(changed(keys) == ["pool/gpt", "attack/gpt/lira-online/token-loss"])
        #expect(Set(keys.keys).subtracting(base.keys) == ["shadow/gpt/2"])
    }

    @Test("Stale shadows: shadows without a recipe of their own follow their victim's")
    func shadowsFollow() throws {
        let keys = try TinyExperiment.keys(setting: ["victims.0.training.epochs=3"])
        #expect(base["shadow/vae/0"] != keys["shadow/vae/0"] && base["shadow/vae/1"] != keys["shadow/vae/1"])
    }

    @Test(
        "Stale split: other candidates, another population or other windows change every key of those data, and no other",
        arguments: [
            ("images.candidates=101", "image"), ("images.population=121", "image"), ("text.candidates=81", "text"),
            ("text.population=91", "text"), ("text.window=33", "text"),
        ])
    func staleSplit(_ assignment: String, _ kind: String) throws {
        let keys = try TinyExperiment.keys(setting: [assignment])
        #expect(changed(keys) == stages { $0.contains("gpt") == (kind == "text") })
    }

    @Test("Stale split: another seed changes every key")
    func seed() throws {
        #expect(changed(try TinyExperiment.keys(setting: ["seed=8"])) == Set(base.keys))
    }

    @Test("Stale split: one other byte in the data changes every key")
    func bytes() throws {
        let scratch = try Scratch()
        let source = TinyExperiment.repository.appending(path: "datasets/sotu-excerpt/1790-Washington-1.txt")
        let text = try String(contentsOf: source, encoding: .utf8)
        let file = scratch.file("speech.txt")
        let yaml = TinyExperiment.head + TinyExperiment.gpt
        let settings = ["text.dataset=text:\(file.path)", "text.population=10", "text.candidates=40"]
        try text.write(to: file, atomically: true, encoding: .utf8)
        let before = try TinyExperiment.keys(yaml, setting: settings)
        try text.replacing("Fellow", with: "Yellow", maxReplacements: 1).write(
            to: file, atomically: true, encoding: .utf8)
        let after = try TinyExperiment.keys(yaml, setting: settings)
        let same = before.keys.filter { before[$0] == after[$0] }
        #expect(same == ["evaluator"])
    }

    @Test("Order-dependent rows: the order of victims and attacks in the spec changes no key")
    func order() throws {
        #expect(try TinyExperiment.keys(Self.reordered) == base)
    }

    @Test("Order-dependent rows: the order of victims and attacks changes no number of any row")
    func orderOfNumbers() throws {
        let scratch = try Scratch()
        func rows(_ yaml: String, _ store: String) throws -> [Data] {
            let plan = try TinyExperiment.plan(yaml)
            let rows = try plan.assemble(try plan.run(in: scratch.file(store)).artefacts).findings.rows
            return try rows.sorted { $0.id < $1.id }.map(JSONCoding.encode)
        }
        let straight = try rows(TinyExperiment.yaml, "straight")
        #expect(try straight == rows(Self.reordered, "reordered"))
        #expect(straight.count == 20)
    }

    @Test("A new attack or a new victim reuses all that is there")
    func additions() throws {
        let more = TinyExperiment.yaml.replacing(
            "      - {attack: logan-white-box}\n",
            with: "      - {attack: logan-white-box}\n      - {attack: latent-inversion, candidates: 10, steps: 2}\n")
        let keys = try TinyExperiment.keys(more)
        #expect(changed(keys).isEmpty)
        #expect(Set(keys.keys).subtracting(base.keys) == ["attack/gan/latent-inversion"])
        let fewer = try TinyExperiment.keys(TinyExperiment.head + TinyExperiment.gan)
        #expect(fewer.allSatisfy { base[$0.key] == $0.value } && fewer.count == 9)
    }

    @Test(
        "The kernels, the vectors and the version of the program belong to every key",
        arguments: [
            RunEnvironment(blasCore: "Other", vectors: "A", version: "1", processor: "P"),
            RunEnvironment(blasCore: "Core", vectors: "Other", version: "1", processor: "P"),
            RunEnvironment(blasCore: "Core", vectors: "A", version: "2", processor: "P"),
            RunEnvironment(blasCore: "Core", vectors: "A", version: "1", processor: "Other"),
        ])
    func environment(_ other: RunEnvironment) throws {
        let (spec, registry) = (try TinyExperiment.spec(), try TinyExperiment.registry())
        let here = RunEnvironment(blasCore: "Core", vectors: "A", version: "1", processor: "P")
        let (keys, others) = (
            try Plan(spec, registry: registry, environment: here).keys,
            try Plan(spec, registry: registry, environment: other).keys
        )
        #expect(keys.allSatisfy { others[$0.key] != $0.value } && keys.count == others.count)
    }

    @Test("Stages of one run have different keys, and a value set to what it was changes none")
    func distinct() throws {
        #expect(Set(base.values).count == base.count)
        #expect(changed(try TinyExperiment.keys(setting: ["seed=7", "victims.0.training.epochs=2"])).isEmpty)
    }

    /// The tiny experiment with its victims turned round, as far as variants allow, and the VAE's attacks too.
    private static let reordered: String = {
        let attacks = TinyExperiment.vae.split(separator: "\n").suffix(4)
        let vae = TinyExperiment.vae.split(separator: "\n").dropLast(4) + attacks.reversed()
        return TinyExperiment.head + TinyExperiment.gpt + TinyExperiment.autoencoder + TinyExperiment.gan
            + vae.joined(separator: "\n") + "\n" + TinyExperiment.vaePrivate
    }()
}
