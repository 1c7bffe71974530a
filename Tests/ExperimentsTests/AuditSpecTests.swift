import Auditing
import Foundation
import Models
import Testing

@testable import Experiments

@Suite("Audits in specs")
struct AuditSpecTests {
    static func yaml(_ audit: String, privacy: String = "", model: String = "family: classifier, hidden: [8]") -> String
    {
        """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 120, population: 20, shrink: 4}
        text: {dataset: sotu-excerpt, window: 32, candidates: 80, population: 10}
        victims:
          - id: victim
            model: {\(model)}
            training: {epochs: 2, batch: 16, rate: 0.01}
            \(privacy)
            audit: {\(audit)}
          - id: other
            model: {family: classifier, hidden: [8]}
            training: {epochs: 1, batch: 16, rate: 0.01}
            attacks: [{attack: loss-threshold, signal: logit-confidence}]
        """
    }

    private func refusal(_ audit: String, privacy: String = "", model: String = "family: classifier, hidden: [8]")
        throws
        -> String
    {
        let error = #expect(throws: SpecError.self) {
            try TinyExperiment.plan(Self.yaml(audit, privacy: privacy, model: model))
        }
        let line = error.map(\.description) ?? ""
        #expect(!line.contains("\n"))
        return line
    }

    private let plain = "canaries: {kind: mislabelled, count: 40}, guesses: 20"

    @Test("Keys have defaults, and one number of guesses or several are read")
    func reading() throws {
        let one = try #require(TinyExperiment.spec(Self.yaml(plain)).victims[0].audit)
        #expect(one.guesses == [20] && one.rungs == [.blackBox] && one.checkpoints == 10 && one.delta == 1e-5)
        #expect(one.canaries.kind == .mislabelled && one.canaries.count == 40 && !one.hasPilot)
        let several = "canaries: {kind: natural, count: 40}, guesses: [10, 20], rungs: [white-box, checkpoints]"
        let two = try #require(TinyExperiment.spec(Self.yaml(several)).victims[0].audit)
        #expect(two.guesses == [10, 20] && two.rungs == [.whiteBox, .checkpoints] && two.hasPilot)
    }

    @Test("Each mistake has a line that says what was expected")
    func refusals() throws {
        #expect(try refusal("canaries: {kind: mislabelled, count: 40}").contains("guesses: required"))
        #expect(
            try refusal("canaries: {kind: mislabeled, count: 40}, guesses: 4").contains("did you mean 'mislabelled'?"))
        #expect(
            try refusal("canaries: {kind: noise, count: 40}, guesses: 41").contains("a number from 1 to 40, found 41"))
        #expect(try refusal("canaries: {kind: noise, count: 40}, guesses: [4, 41]").contains("from 1 to 40"))
        #expect(try refusal("\(plain), rungs: [blackbox]").contains("did you mean 'black-box'?"))
        #expect(try refusal("\(plain), rungs: [black-box, black-box]").contains("different rungs"))
        #expect(try refusal("\(plain), rungs: [gradient-canary]").contains("give the victim 'privacy'"))
        #expect(try refusal("\(plain), references: 3").contains("expected an even number"))
        let silent = "privacy: {clip: 1, noise: none}"
        let gradient = "\(plain), rungs: [gradient-canary]"
        #expect(try refusal(gradient, privacy: silent).contains("give the victim 'privacy'"))
        #expect(try refusal("\(plain), delta: 0").contains("delta"))
        #expect(try refusal("\(plain), canary: 3").contains("unknown key 'canary'"))
        let many = "canaries: {kind: natural, count: 119}, guesses: 20"
        #expect(try refusal(many).contains("expected at most 116 of 120 candidates, found 119"))
        let gpt = "family: transformer, layers: 1, heads: 1, width: 8"
        #expect(try refusal(plain, model: gpt).contains("take random-tokens or natural"))
        let random = "canaries: {kind: random-tokens, count: 40}, guesses: 20"
        #expect(try refusal(random).contains("take another kind"))
        #expect(
            try refusal("canaries: {kind: out-of-distribution, count: 40}, guesses: 20").contains(
                "name it as 'foreign'"))
    }

    @Test("An audit changes no key of another victim, and another number of guesses trains nothing again")
    func keys() throws {
        let with = try TinyExperiment.keys(Self.yaml(plain))
        let lines = Self.yaml(plain).split(separator: "\n").filter { !$0.contains("audit:") }
        let without = try TinyExperiment.keys(lines.joined(separator: "\n"))
        for (id, key) in without where id.contains("other") { #expect(with[id] == key, "\(id)") }
        #expect(with["victim/victim"] != without["victim/victim"])
        let fewer = try TinyExperiment.keys(Self.yaml("canaries: {kind: mislabelled, count: 40}, guesses: 10"))
        #expect(fewer["victim/victim"] == with["victim/victim"])
        #expect(fewer["audit/black-box/victim"] != with["audit/black-box/victim"])
        let natural = try TinyExperiment.keys(Self.yaml("canaries: {kind: natural, count: 40}, guesses: 20"))
        #expect(natural["victim/victim"] != with["victim/victim"])
    }

    @Test("Canaries are taken from the candidates, half of them are trained on, and nobody else sees them")
    func records() throws {
        let plan = try TinyExperiment.plan(Self.yaml(plain))
        let victim = try #require(plan.victims.first { $0.spec.id == "victim" })
        let other = try #require(plan.victims.first { $0.spec.id == "other" })
        let audited = try #require(victim.audited)
        #expect(audited.canaries.count == 40 && audited.kept.count == 80 && victim.split.candidates.count == 80)
        #expect(other.split.candidates.count == 120 && other.audited == nil)
        // Fair coins: 3.3 deviations of 40 are 10.4.
        let included = audited.included.count { $0 }
        #expect((9...31).contains(included))
        let members = victim.membership.count { $0 }
        #expect(victim.training.count == members + included)
        let last = victim.training.slice(members..<victim.training.count)
        let expected = audited.canaries.gather((0..<40).filter { audited.included[$0] })
        #expect(last.features == expected.features && last.labels == expected.labels)
        // The others' membership is what it would have been.
        let kept = audited.kept.map { other.membership[$0] }
        #expect(kept == victim.membership)
    }

    @Test("Variants share the canaries but not the coins, and a pilot has other coins for the same canaries")
    func variants() throws {
        let more = Self.yaml("canaries: {kind: mislabelled, count: 40}, guesses: [10, 20]").replacing(
            "  - id: other", with: "  - id: variant\n    like: victim\n  - id: other")
        let plan = try TinyExperiment.plan(more)
        func audited(_ id: String) throws -> (ResolvedVictim, AuditedRecords) {
            let victim = try #require(plan.victims.first { $0.spec.id == id })
            return (victim, try #require(victim.audited))
        }
        let ((victim, own), (_, variant)) = (try audited("victim"), try audited("variant"))
        #expect(own.canaries.features == variant.canaries.features && own.canaries.labels == variant.canaries.labels)
        #expect(own.included != variant.included)
        let pilot = try #require(victim.pilot())
        let flipped = try #require(pilot.audited)
        #expect(flipped.canaries.features == own.canaries.features && flipped.included != own.included)
        #expect(pilot.random != victim.random && pilot.membership == victim.membership)
        #expect(try TinyExperiment.plan(Self.yaml(plain)).victims[0].pilot() == nil)
    }
}
