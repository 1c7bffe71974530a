import Foundation
import Tensors
import Testing

@Suite("Options of penumbra attack")
struct AttackOptionTests {
    private let scratch: Scratch
    private let model: String

    /// A variational autoencoder of a few steps, with its members and non-members.
    init() throws {
        scratch = try Scratch()
        let yaml = """
            name: tiny
            seed: 7
            images: {dataset: fashion-mnist-small, candidates: 120, population: 40}
            victims:
              - id: vae
                model: {family: variational-autoencoder, hidden: [16], latents: 4}
                training: {epochs: 2, batch: 16, rate: 0.002}

            """
        let spec = try TinySpec.write(yaml, to: scratch)
        model = scratch.file("vae.safetensors").path
        let trained = try Program.run([
            "train", spec, "--runs", scratch.file("runs").path, "--victim", "vae", "--out", model, "--split",
            scratch.file("split").path,
        ])
        try #require(trained.status == 0, "\(trained.errors)")
    }

    private struct Audit: Decodable, Equatable {
        struct Grade: Decodable, Equatable {
            struct Estimate: Decodable, Equatable { var value: Double }
            var auc: Estimate
            var members: Int
            var nonMembers: Int
        }
        var attack: String
        var signal: String
        var queries: Int
        var grade: Grade
    }

    private func part(_ name: String) -> String { scratch.file("split/\(name).safetensors").path }

    private func attack(_ options: [String]) throws -> Program.Outcome {
        try Program.run(["attack", model, "--members", part("members"), "--nonmembers", part("nonmembers")] + options)
    }

    private func audit(_ options: [String]) throws -> Audit {
        let outcome = try attack(options + ["--json"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try outcome.decoded(Audit.self)
    }

    /// A file with the first records of another.
    private func first(_ count: Int, of name: String) throws -> String {
        let features = try Safetensors(decoding: Data(contentsOf: URL(filePath: part(name)))).array("features")
        let width = features.shape[1]
        let values = Array(features.doubles.prefix(count * width))
        let file = scratch.file("first-\(count)-\(name).safetensors")
        let part = Safetensors(arrays: ["features": Safetensors.Array(values, shape: [count, width])])
        try part.encoded().write(to: file)
        return file.path
    }

    @Test("--signal says what is read; without it the family's usual signal is")
    func signal() throws {
        let usual = try audit([])
        #expect(usual.signal == "negative-elbo" && usual.grade.members + usual.grade.nonMembers == 120)
        #expect(try audit(["--signal", "negative-elbo"]) == usual)
        let other = try audit(["--signal", "reconstruction-error"])
        #expect(other.signal == "reconstruction-error" && other.grade.auc != usual.grade.auc)
    }

    @Test("--population brings the records that Attack P compares with, and their queries are counted")
    func population() throws {
        let many = try audit(["--attack", "attack-p", "--population", try first(30, of: "nonmembers")])
        #expect(many.queries == 120 + 30 && many.signal == "negative-elbo")
        let one = try audit(["--attack", "attack-p", "--population", try first(1, of: "nonmembers")])
        #expect(one.queries == 121 && one.grade.auc != many.grade.auc)
    }

    @Test("--set is read by the attack, and may be repeated")
    func settings() throws {
        func samples(_ options: [String]) throws -> Audit { try audit(["--attack", "nearest-sample"] + options) }
        #expect(try samples(["--set", "samples=10"]).queries == 10)
        #expect(try samples(["--set", "samples=25"]).queries == 25)
        let drawn = try audit(["--attack", "monte-carlo", "--set", "samples=20", "--set", "features=pixels"])
        #expect(drawn.attack == "monte-carlo" && drawn.signal.isEmpty && drawn.queries == 20)
    }

    @Test("A bad option ends with 2 and one line that says what to do")
    func badOptions() throws {
        let population = ["--attack", "attack-p", "--population"]
        let narrow = scratch.file("narrow.safetensors")
        try Safetensors(arrays: ["features": Safetensors.Array([0.5, 0.5], shape: [1, 2])]).encoded().write(to: narrow)
        for (options, says) in [
            (population + ["/nowhere.safetensors"], "/nowhere.safetensors: expected records, found no such file"),
            (population + [narrow.path], "narrow.safetensors: expected records of 784 numbers, found 2"),
            (population + ["fashion"], "fashion"),
            (["--attack", "attack-p"], "attack-p needs population records"),
            (["--signal", "charm"], "--signal: expected one of reconstruction-error"),
            (
                ["--signal", "token-loss"],
                "expected a signal of a variational-autoencoder, nearest-sample or importance-weighted or"
            ),
            (["--attack", "nearest-sample", "--signal", "nearest-sample"], "nearest-sample reads no signal, found"),
            (["--attack", "nearest-sample", "--set", "sample=10"], "unknown key 'sample' of nearest-sample"),
            (["--attack", "nearest-sample", "--set", "samples=many"], "samples: expected a whole number from"),
            (["--attack", "nearest-sample", "--set", "samples"], "expected --set key=value"),
            (["--attack", "nearest-sample", "--set", "samples=2", "--set", "samples=3"], "each key once"),
            (["--set", "variance=pooled"], "unknown key 'variance': loss-threshold has no settings; remove it"),
        ] {
            let outcome = try attack(options)
            #expect(outcome.status == 2 && outcome.output.isEmpty, "\(options)")
            #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("penumbra: "), "\(outcome.errors)")
            #expect(outcome.errors.contains(says), "\(outcome.errors)")
        }
    }
}
