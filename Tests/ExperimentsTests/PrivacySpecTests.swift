import Accounting
import Auditing
import Foundation
import Mechanisms
import Models
import Store
import Testing
import Training

@testable import Experiments

@Suite("Privacy in specs") struct PrivacySpecTests {
    private static let paragraphs = TinyExperiment.head.replacing("window: 32,", with: "record: paragraph, window: 32,")

    private static func yaml(
        _ privacy: String, of victim: String = TinyExperiment.vae, head: String = TinyExperiment.head
    ) -> String {
        let id = victim == TinyExperiment.gpt ? "gpt" : "vae"
        let training = id == "vae" ? "    training: {epochs: 1, batch: 16, rate: 0.002}\n" : ""
        return head + victim + "  - id: private\n    like: \(id)\n\(training)    privacy: {\(privacy)}\n"
    }

    private func victim(_ yaml: String) throws -> ResolvedVictim {
        try #require(TinyExperiment.plan(yaml).victims.first { $0.spec.id == "private" })
    }

    private func refusal(_ privacy: String, of victim: String = TinyExperiment.vae) -> String {
        let error = #expect(throws: SpecError.self) { try TinyExperiment.plan(Self.yaml(privacy, of: victim)) }
        let line = error?.description ?? ""
        #expect(!line.contains("\n"))
        return line
    }

    /// What the training of a victim will have written down.
    private func statement(_ victim: ResolvedVictim) throws -> EpsilonStatement? {
        guard let privacy = victim.recipe.privacy else { return try victim.epsilonStatement(PrivacyLedger()) }
        let units = victim.training.unitCount
        return try victim.epsilonStatement(
            try PrivacyLedger(
                .dpSGD(
                    rate: victim.recipe.samplingRate(units), noiseMultiplier: privacy.noiseMultiplier,
                    steps: victim.recipe.steps(units))))
    }

    // MARK: Decoding

    @Test("What is not asked for is not in the encoding, so that keys of before hold")
    func encoding() throws {
        let spec = try #require(try victim(Self.yaml("epsilon: 8, delta: 0.001")).spec.privacy)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(spec), as: UTF8.self) == #"{"clip":1,"delta":0.001,"epsilon":8}"#)
        let recipe = try victim(Self.yaml("epsilon: 8, delta: 0.001")).recipe
        #expect(recipe.unitCap == nil && recipe.memoryBudget == nil && recipe.privacy?.noise == .seeded)
    }

    @Test(
        "What contradicts itself is one clear line",
        arguments: [
            ("epsilon: 8", "privacy.delta: required, and missing"),
            ("delta: 0.001", "privacy.epsilon: required, and missing; expected it, or a noiseMultiplier"),
            ("epsilon: 8, delta: 0.001, noiseMultiplier: 1", "privacy.noiseMultiplier: expected either epsilon or"),
            ("noise: none, delta: 0.001", "privacy.delta: expected nothing without noise"),
            ("noise: none, epsilon: 1", "privacy.epsilon: expected nothing without noise"),
            ("noise: none, noiseMultiplier: 1", "privacy.noiseMultiplier: expected nothing without noise"),
            ("noise: sodium, noiseMultiplier: 1", "privacy.noise: expected one of seeded, secure, none"),
            ("noise: none, quantile: 0.4", "privacy.quantile: expected 'clipping: adaptive', which reads it"),
            ("noise: none, clipping: flat, stability: 1", "privacy.stability: expected 'clipping: automatic'"),
            ("noise: none, clipping: automatic, clip: 2", "privacy.clip: expected no norm with automatic clipping"),
            ("noise: none, clipping: adaptive, countNoise: 3", "privacy.countNoise: expected nothing without noise"),
            ("noise: none, clipping: per_layer", "did you mean 'per-layer'?"),
            ("noise: none, cap: 3", "privacy.cap: expected 'unit: document' or 'unit: user'"),
            ("noise: none, unit: planet", "privacy.unit: expected one of record, document, user"),
            ("noise: none, unit: document", "privacy.unit: expected 'record', since only text has documents"),
            ("noise: none, unit: user", "privacy.unit: expected 'record', since only text has users"),
            ("noise: none, clip: 0", "privacy.clip: expected a number from"),
            ("noise: none, memory: 0", "privacy.memory: expected a number from 1"),
            ("epsilonn: 8, delta: 0.1", "unknown key 'epsilonn'; did you mean 'epsilon'?"),
            (
                "noiseMultiplier: 4, delta: 0.001, clipping: adaptive, countNoise: 2",
                "the privacy of 'private'.countNoise: expected more than 2.0, half the noise multiplier, found 2.0"
            ),
        ])
    func contradictions(_ privacy: String, _ says: String) {
        let line = refusal(privacy)
        #expect(line.contains(says), "\(line)")
    }

    // MARK: Recipes

    @Test("A noise multiplier is taken as it is, and its epsilon is what the accountant says")
    func noiseMultiplier() throws {
        let found = try victim(Self.yaml("noiseMultiplier: 1.25, delta: 0.001, clip: 0.5"))
        #expect(found.recipe.privacy == GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 1.25))
        let statement = try #require(try statement(found))
        #expect(statement.epsilon > 0.1 && statement.epsilon < 20)
        #expect(found.defence == "DP-SGD, noise multiplier 1.25 at δ = 0.001")
    }

    @Test("Clippings come with their defaults and their settings")
    func clippings() throws {
        func clipping(_ text: String) throws -> Clipping? {
            try victim(Self.yaml("noiseMultiplier: 1.5, delta: 0.001, \(text)")).recipe.privacy?.clipping
        }
        #expect(try clipping("clipping: flat") == .flat(norm: 1))
        #expect(try clipping("clipping: per-layer, clip: 2") == .perLayer(norm: 2))
        #expect(try clipping("clipping: automatic") == .automatic(stability: 0.01))
        #expect(try clipping("clipping: automatic, stability: 0.5") == .automatic(stability: 0.5))
        // A twentieth of a batch of 16 is less than the noise multiplier.
        #expect(
            try clipping("clipping: adaptive")
                == .adaptive(QuantileClipping(norm: 1, quantile: 0.5, rate: 0.2, countDeviation: 1.5)))
        #expect(
            try clipping("clipping: adaptive, clip: 0.1, quantile: 0.7, adaptiveRate: 0.4, countNoise: 5")
                == .adaptive(QuantileClipping(norm: 0.1, quantile: 0.7, rate: 0.4, countDeviation: 5)))
    }

    @Test("An adaptive norm keeps the budget: the total multiplier is calibrated, and the statement tells of the count")
    func adaptive() throws {
        let found = try victim(Self.yaml("epsilon: 8, delta: 0.001, clipping: adaptive"))
        let flat = try victim(Self.yaml("epsilon: 8, delta: 0.001"))
        #expect(found.recipe.privacy?.noiseMultiplier == flat.recipe.privacy?.noiseMultiplier)
        let statement = try #require(try statement(found))
        #expect(statement.epsilon <= 8 && statement.epsilon > 7.9)
        let text = try #require(statement.assumptions["clipping norm"])
        #expect(text.contains("adaptive from 1.0 to quantile 0.5") && text.contains("a count with noise"))
    }

    @Test("Clipped without noise has no epsilon, says that it promises nothing, and clips all the same")
    func withoutNoise() throws {
        let found = try victim(Self.yaml("noise: none, clip: 0.5"))
        #expect(found.recipe.privacy == nil && found.recipe.clippingWithoutPrivacy == .flat(norm: 0.5))
        #expect(try statement(found) == nil)
        #expect(found.defence == "clipped, no noise: no guarantee")
    }

    @Test("Secure noise is said to be secure, and takes other keys")
    func secure() throws {
        let privacy = "epsilon: 8, delta: 0.001, noise: secure"
        let found = try victim(Self.yaml(privacy))
        #expect(found.recipe.privacy?.noise == .secure)
        let noise = try #require(try statement(found)?.assumptions["noise"])
        #expect(noise.contains("libsodium") && noise.contains("cannot be reproduced"))
        let (first, second) = try (
            TinyExperiment.keys(Self.yaml(privacy)), TinyExperiment.keys(Self.yaml("epsilon: 8, delta: 0.001"))
        )
        #expect(first["victim/private"] != second["victim/private"] && first["victim/vae"] == second["victim/vae"])
    }

    @Test("Every new key changes the victim's stage", arguments: ["clipping: per-layer", "memory: 4", "clip: 2"])
    func keys(_ key: String) throws {
        let plain = try TinyExperiment.keys(Self.yaml("epsilon: 8, delta: 0.001"))
        let changed = try TinyExperiment.keys(Self.yaml("epsilon: 8, delta: 0.001, \(key)"))
        #expect(plain["victim/private"] != changed["victim/private"])
    }

    // MARK: Units

    @Test(
        "Documents are units: sampled, counted and stated as such; copies of a secret are one",
        arguments: [false, true])
    func documents(isParagraph: Bool) throws {
        let head = isParagraph ? Self.paragraphs : TinyExperiment.head
        let found = try victim(
            Self.yaml(
                "noiseMultiplier: 1, delta: 0.01, unit: document, cap: 3", of: TinyExperiment.gpt, head: head))
        let units = try #require(found.training.units)
        let members = found.membership.count { $0 }
        // Two secrets planted once and two three times: eight windows, four units, after the members' documents.
        #expect(found.training.count == members + 8 && units.count == members + 8)
        let documents = Set(units.prefix(members))
        #expect(documents.count > 1 && documents.count < members)
        let planted = units.dropFirst(members)
        #expect(documents.isDisjoint(with: planted))
        #expect(planted.map { $0 - (planted.first ?? 0) } == [0, 1, 2, 2, 2, 3, 3, 3])
        #expect(found.training.unitCount == documents.count + 4)
        #expect(found.recipe.unitCap == 3)
        let statement = try #require(try statement(found))
        #expect(statement.assumptions["neighbouring relation"] == "add or remove one document")
        #expect(statement.assumptions["privacy unit"]?.contains("at most 3 of them") == true)
        #expect(
            statement.assumptions["number of records"]
                == "\(members + 8) in \(documents.count + 4) documents, treated as public")
        #expect(!statement.assumptions.keys.contains { $0.hasPrefix("group of") }, "copies are one unit")
        #expect(found.defence.hasSuffix(", per document"))
    }

    @Test("Users are units: all speeches of one president, with the cap of a step")
    func users() throws {
        func units(_ unit: String) throws -> ([Int32], ResolvedVictim) {
            let found = try victim(
                Self.yaml("noiseMultiplier: 1, delta: 0.01, unit: \(unit), cap: 3", of: TinyExperiment.gpt))
            return (try #require(found.training.units), found)
        }
        let (documents, (users, found)) = (try units("document").0, try units("user"))
        // Whoever shares a speech shares its president; the four secrets stay units of their own.
        let owners = Dictionary(grouping: zip(documents, users), by: \.0).mapValues { Set($0.map(\.1)) }
        #expect(owners.values.allSatisfy { $0.count == 1 })
        #expect(Set(users).count < Set(documents).count && Set(users).count > 5)
        #expect(found.training.unitCount == Set(users).count && found.recipe.unitCap == 3)
        let statement = try #require(try statement(found))
        #expect(statement.assumptions["neighbouring relation"] == "add or remove one user")
        #expect(statement.assumptions["number of records"]?.hasSuffix("users, treated as public") == true)
        #expect(found.defence.hasSuffix(", per user"))
    }

    @Test("Per record, records have no units, and groups of copies are warned of")
    func recordUnit() throws {
        let found = try victim(
            Self.yaml("noiseMultiplier: 1, delta: 0.01, unit: record", of: TinyExperiment.gpt))
        #expect(found.training.units == nil && found.recipe.unitCap == nil)
        #expect(try #require(try statement(found)).assumptions["group of 3 insertions"] != nil)
    }

    @Test("A private run per document and one clipped without noise, from end to end")
    func run() throws {
        let yaml =
            Self.yaml("noiseMultiplier: 1, delta: 0.01, unit: document, cap: 2", of: TinyExperiment.gpt)
            + "    attacks:\n      - {attack: loss-threshold, signal: token-loss}\n"
            + "  - id: clipped\n    like: gpt\n    privacy: {noise: none}\n"
        let scratch = try Scratch()
        let plan = try TinyExperiment.plan(yaml)
        let (artefacts, log) = try plan.run(in: scratch.file("cache"))
        #expect(log.stages("failed").isEmpty)
        let findings = try plan.assemble(artefacts).findings
        let documents = try #require(findings.victims.first { $0.id == "private" })
        #expect(try #require(documents.epsilon).epsilon > 0)
        let clipped = try #require(findings.victims.first { $0.id == "clipped" })
        #expect(clipped.epsilon == nil && clipped.defence == "clipped, no noise: no guarantee")
    }

    // MARK: Shadows

    private static func shadows(_ text: String, privacy: String = "epsilon: 8, delta: 0.001") -> String {
        yaml(privacy) + "    shadows: {count: 2\(text)}\n"
    }

    @Test("Shadows of a private victim are plain unless they are to have its privacy")
    func shadowPrivacy() throws {
        let plain = try TinyExperiment.keys(Self.shadows(""))
        let none = try TinyExperiment.keys(Self.shadows(", privacy: none"))
        let same = try TinyExperiment.keys(Self.shadows(", privacy: same"))
        let id = "shadow/private/0"
        #expect(plain[id] == none[id] && plain[id] != same[id])
        #expect(plain["victim/private"] == same["victim/private"])
        let quieter = try TinyExperiment.keys(Self.shadows(", privacy: same", privacy: "epsilon: 9, delta: 0.001"))
        #expect(quieter[id] != same[id])
        let other = try TinyExperiment.keys(Self.shadows("", privacy: "epsilon: 9, delta: 0.001"))
        #expect(other[id] == plain[id])
    }

    @Test("Privacy that the victim does not have cannot be shared")
    func noPrivacyToShare() {
        let yaml = TinyExperiment.head + TinyExperiment.vae.replacing("{count: 2}", with: "{count: 2, privacy: same}")
        let error = #expect(throws: SpecError.self) { try TinyExperiment.plan(yaml) }
        #expect(
            error?.description.contains("shadows.privacy: expected 'none', since the victim has no privacy") == true)
    }
}
