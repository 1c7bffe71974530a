import Accounting
import Auditing
import Datasets
import Foundation
import Mechanisms
import Models
import Tensors
import Testing
import Training

@testable import Experiments

@Suite("Experiment data")
struct ExperimentDataTests {
    private let plan: Plan
    private let text: DataSplit

    init() throws {
        plan = try TinyExperiment.plan()
        text = try #require(plan.data["text"])
    }

    private func windows(_ records: Records) -> [[Int32]] {
        (0..<records.count).map { Array(records.tokens[$0 * records.window..<($0 + 1) * records.window]) }
    }

    private func victim(_ id: String) throws -> ResolvedVictim {
        try #require(plan.victims.first { $0.spec.id == id })
    }

    @Test("Candidates and population are different records: no window and no image is taken twice")
    func disjoint() throws {
        let spec = try #require(plan.spec.text)
        let corpus = try TinyExperiment.registry().text(spec.dataset).content
        let tokeniser = try #require(text.tokeniser)
        var left = try TextWindows(corpus, length: 32, by: tokeniser).windows.map { Array($0.tokens) }
            .reduce(into: [[Int32]: Int]()) { $0[$1, default: 0] += 1 }
        for window in windows(text.candidates) + windows(text.population) { left[window, default: 0] -= 1 }
        #expect(left.values.allSatisfy { $0 >= 0 })
        #expect(text.candidates.count == 80 && text.population.count == 90)
        let images = try #require(plan.data["images"])
        let rows = [images.candidates, images.population].flatMap { records in
            (0..<records.count).map { Array(records.requiredFeatures.row($0)) }
        }
        #expect(Set(rows).count == 220)
    }

    @Test("A larger population leaves the candidates and the rest of the population")
    func largerPopulation() throws {
        let larger = try #require(try TinyExperiment.plan(setting: ["text.population=95"]).data["text"])
        #expect(larger.candidates.tokens == text.candidates.tokens)
        #expect(Array(larger.population.tokens.prefix(90 * 32)) == text.population.tokens)
        let other = try #require(try TinyExperiment.plan(setting: ["seed=8"]).data["text"])
        #expect(other.candidates.tokens != text.candidates.tokens)
    }

    @Test("Membership depends on the seed and the rate alone, not on the victim or its place in the spec")
    func membership() throws {
        let victim = try victim("vae")
        for id in ["vae-private", "gan", "autoencoder", "vae-untrained"] {
            #expect(try self.victim(id).membership == victim.membership)
        }
        let reordered = try TinyExperiment.plan(TinyExperiment.head + TinyExperiment.gpt + TinyExperiment.vae)
        #expect(reordered.victims.first { $0.spec.id == "vae" }?.membership == victim.membership)
        let members = victim.membership.count(where: \.self)
        #expect((30...70).contains(members) && victim.training.count == members)
        let fewer = try TinyExperiment.plan(setting: ["victims.0.memberRate=0.1"]).victims[0].membership
        #expect((2...22).contains(fewer.count(where: \.self)))
        #expect(try TinyExperiment.plan(setting: ["seed=8"]).victims[0].membership != victim.membership)
    }

    @Test("A victim is trained on its members and on planted windows, and on no other record")
    func training() throws {
        let victim = try victim("gpt")
        let planted = try #require(victim.canaries)
        let all = windows(text.candidates)
        let members = all.indices.filter { victim.membership[$0] }.map { all[$0] }
        #expect(windows(victim.training) == members + windows(planted.windows))
        #expect(victim.membership.count == 80)
    }

    @Test("Canaries are no candidates, are planted as often as the spec says, and in text of the population")
    func canaries() throws {
        let planted = try #require(try victim("gpt").canaries)
        let tokeniser = try #require(text.tokeniser)
        #expect(planted.insertions == [0, 0, 1, 1, 3, 3])
        #expect(planted.windows.count == 8 && planted.windows.window == 32)
        let asked = try windows(planted.canaries).map { String(try tokeniser.decode($0).suffix(16)) }
        let inserted = try windows(planted.windows).map { try tokeniser.decode($0) }
        #expect(Set(asked).count == 6)
        for (canary, count) in zip(asked, planted.insertions) {
            #expect(canary.hasPrefix("the code is ") && canary.suffix(4).allSatisfy(\.isNumber))
            #expect(inserted.count(where: { $0.contains(" \(canary) ") }) == count)
        }
        for candidate in try windows(text.candidates).map({ try tokeniser.decode($0) }) {
            #expect(!candidate.contains("the code is"))
        }
        let fillers = try windows(text.population).map { try tokeniser.decode($0) }
        for (index, window) in inserted.enumerated() {
            // 16 characters of canary and two spaces leave 7 before and 7 after.
            #expect(String(window.prefix(7) + window.suffix(7)) == String(fillers[index].prefix(14)))
        }
    }

    @Test("A canary is asked for where it was planted; alternatives are none of the planted, and all differ")
    func alternatives() throws {
        let planted = try #require(try victim("gpt").canaries)
        let tokeniser = try #require(text.tokeniser)
        #expect(planted.canaries.window == 24 && planted.alternatives.window == 24)
        let (asked, others) = (windows(planted.canaries), windows(planted.alternatives))
        #expect(others.count == 20 && Set(others + asked).count == 26)
        #expect(Set((others + asked).map { Array($0.prefix(20)) }).count == 1, "only the secret differs")
        let inserted = try windows(planted.windows).map { try tokeniser.decode($0) }
        #expect(inserted.allSatisfy { $0.dropFirst(8).hasPrefix("the code is ") })
        #expect(try tokeniser.decode(asked[0]).dropFirst(8).hasPrefix("the code is "))
    }

    @Test("A variant is planted with its original's secrets; the untrained control with none")
    func variants() throws {
        let yaml =
            TinyExperiment.yaml + """
                  - id: gpt-private
                    like: gpt
                    privacy: {epsilon: 8, delta: 0.001}

                """
        let victims = try TinyExperiment.plan(yaml).victims
        let (original, variant) = (
            try #require(victims.first { $0.spec.id == "gpt" }),
            try #require(victims.first { $0.spec.id == "gpt-private" })
        )
        #expect(variant.canaries?.canaries.tokens == original.canaries?.canaries.tokens)
        #expect(variant.training.tokens == original.training.tokens)
        #expect(try #require(victims.first { $0.spec.id == "gpt-untrained" }).canaries == nil)
    }

    @Test("More insertions than population windows begin with the first filler again")
    func wrapped() throws {
        let plan = try TinyExperiment.plan(setting: ["text.population=3"])
        let planted = try #require(plan.victims.first { $0.spec.id == "gpt" }?.canaries)
        #expect(planted.windows.count == 8)
    }
}

@Suite("The statement of epsilon")
struct EpsilonStatementTests {
    private func statement(_ victim: String) throws -> EpsilonStatement {
        let yaml =
            TinyExperiment.yaml + """
                  - id: gan-private
                    like: gan
                    privacy: {epsilon: 8, delta: 0.001}
                  - id: gpt-private
                    like: gpt
                    privacy: {epsilon: 8, delta: 0.05}

                """
        let found = try #require(try TinyExperiment.plan(yaml).victims.first { $0.spec.id == victim })
        return try #require(try found.epsilonStatement(try ledger(found)))
    }

    /// What the training of a victim will have written down.
    private func ledger(_ victim: ResolvedVictim) throws -> PrivacyLedger {
        guard let privacy = victim.recipe.privacy else { return PrivacyLedger() }
        let steps = victim.recipe.steps(victim.training.count)
        let rate = victim.recipe.samplingRate(victim.training.count)
        return try PrivacyLedger(.dpSGD(rate: rate, noiseMultiplier: privacy.noiseMultiplier, steps: steps))
    }

    private let always: Set = [
        "neighbouring relation", "privacy unit", "sampler", "noise multiplier", "clipping norm", "sampling rate",
        "steps",
        "accountant", "conversion", "noise", "tuning", "number of records",
    ]

    @Test("It holds every assumption, and the noise is as small as the budget allows")
    func assumptions() throws {
        let statement = try statement("vae-private")
        #expect(Set(statement.assumptions.keys) == always)
        #expect(statement.epsilon <= 8 && statement.epsilon > 7.9 && statement.delta == 0.001)
        #expect(statement.assumptions["privacy unit"] == "a 28 × 28 image")
        let victim = try #require(try TinyExperiment.plan().victims.first { $0.spec.id == "vae-private" })
        let (count, steps) = (victim.training.count, victim.recipe.steps(victim.training.count))
        #expect(statement.assumptions["steps"] == "\(steps)" && steps > 1)
        #expect(statement.assumptions["sampling rate"] == String(format: "%.6f", 16 / Double(count)))
        #expect(statement.assumptions["number of records"] == "\(count), treated as public")
    }

    @Test("A bound by privacy loss distributions needs less noise, and both accountants state what no other can beat")
    func tight() throws {
        let yaml =
            TinyExperiment.yaml + """
                  - id: vae-tight
                    like: vae-private
                    privacy: {epsilon: 8, delta: 0.001, accountant: pld}

                """
        let victims = try TinyExperiment.plan(yaml).victims
        let tight = try #require(victims.first { $0.spec.id == "vae-tight" })
        let loose = try #require(victims.first { $0.spec.id == "vae-private" })
        let noise = (
            try #require(tight.recipe.privacy).noiseMultiplier, try #require(loose.recipe.privacy).noiseMultiplier
        )
        #expect(noise.0 < noise.1)
        let statements = try [tight, loose].map { try #require(try $0.epsilonStatement(try ledger($0))) }
        for statement in statements {
            let (lower, estimate) = (try #require(statement.lower), try #require(statement.estimate))
            #expect(lower <= estimate && estimate <= statement.epsilon && statement.epsilon <= 8)
        }
        #expect(statements[0].epsilon > 7.98 && statements[0].epsilon - (statements[0].lower ?? 0) < 0.02)
        #expect((statements[1].lower ?? 0) < statements[1].epsilon - 0.02)
        #expect(statements[0].assumptions["accountant"] == "privacy loss distribution")
        #expect(Set(statements[0].assumptions.keys) == always)
    }

    @Test("A GAN pays for its discriminator's steps alone")
    func discriminator() throws {
        #expect(try statement("gan-private").assumptions["steps"]?.hasSuffix(" of the discriminator") == true)
    }

    @Test("Groups are stated for the numbers of insertions above one, and a weak delta is called weak")
    func groups() throws {
        let statement = try statement("gpt-private")
        #expect(Set(statement.assumptions.keys) == always.union(["group of 3 insertions", "delta"]))
        #expect(statement.assumptions["delta"]?.contains("weak") == true)
    }

    @Test("There is none without privacy, and none for an untrained control")
    func none() throws {
        let plan = try TinyExperiment.plan(setting: ["victims.1.training.epochs=0"])
        for victim in plan.victims {
            #expect(try victim.epsilonStatement(try ledger(victim)) == nil, "\(victim.spec.id)")
        }
    }

    @Test("A budget that no noise can keep is refused in one line when the run is laid out")
    func unattainable() throws {
        let error = #expect(throws: (any Error).self) {
            try TinyExperiment.plan(
                setting: [
                    "victims.1.privacy.epsilon=0.01", "victims.1.privacy.delta=1e-12",
                    "victims.1.training.epochs=1000000",
                ])
        }
        if let error { #expect(!"\(error)".contains("\n")) }
    }
}

@Suite("The bigram model")
struct BigramModelTests {
    private let model = BigramModel(training: [Records(tokens: [0, 1, 0, 1], window: 4)], vocabulary: 2)

    @Test("It counts pairs and smooths by one: abab has ab twice and ba once")
    func byHand() {
        #expect(model.loss(Records(tokens: [0, 1], window: 2)) == -log(3.0 / 4))
        #expect(model.loss(Records(tokens: [1, 0, 0], window: 3)) == (-log(2.0 / 3) - log(1.0 / 4)) / 2)
    }

    @Test("Pairs do not reach from one record into the next")
    func boundaries() {
        let model = BigramModel(training: [Records(tokens: [0, 1, 0, 1], window: 2)], vocabulary: 2)
        #expect(model.loss(Records(tokens: [1, 0], window: 2)) == -log(1.0 / 2))
        #expect(model.loss(Records(tokens: [0, 1, 1, 1], window: 2)) == (-log(3.0 / 4) - log(1.0 / 2)) / 2)
    }

    @Test("Untrained it is uniform, and it learns from all lists of records")
    func lists() {
        #expect(BigramModel(training: [], vocabulary: 5).loss(Records(tokens: [3, 4], window: 2)) == -log(1.0 / 5))
        let both = BigramModel(
            training: [Records(tokens: [0, 1], window: 2), Records(tokens: [0, 1], window: 2)], vocabulary: 2)
        #expect(both.loss(Records(tokens: [0, 1], window: 2)) == -log(3.0 / 4))
    }
}
