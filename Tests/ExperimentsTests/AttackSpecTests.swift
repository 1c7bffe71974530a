import Attacks
import Foundation
import Testing
import ThreatModel

@testable import Experiments

@Suite("Attacks in specs")
struct AttackSpecTests {
    private static let classifier = """
          - id: classifier
            model: {family: classifier, hidden: [8]}
            training: {epochs: 1, batch: 16, rate: 0.01}
            shadows: {count: 4, flips: independent}
            attacks:

        """

    private func decoded(_ yaml: String) throws -> AttackSpec {
        try decodeStrictly(AttackSpec.self, from: yaml, name: "test")
    }

    /// The one line with which an attack on a classifier with a pool of independent coin flips is refused.
    private func refusal(_ attack: String, of victim: String = classifier) -> String? {
        do {
            _ = try TinyExperiment.spec(TinyExperiment.head + victim + "      - \(attack)\n")
            return nil
        } catch {
            return error is SpecError ? "\(error)" : "no SpecError: \(error)"
        }
    }

    /// An attack with nothing but what it must have.
    private static func bare(_ id: String) throws -> String {
        let entry = try #require(AttackCatalogue.entry(id))
        let signal = try #require(Signal.all(of: entry.card.families.last ?? "").last)
        return entry.readsSignal ? "{attack: \(id), signal: \(signal.rawValue)}" : "{attack: \(id)}"
    }

    /// Every setting of an attack with its default.
    private static func defaults(_ entry: AttackCatalogue.Entry) throws -> [String: AttackSettings.Value] {
        var settings = AttackSettings()
        switch entry.kind {
        case .signals(let type): _ = try type.init(&settings)
        case .membership(let type): _ = try type.init(&settings)
        case .theft(let type): _ = try type.init(&settings, student: .placeholder)
        case .lastLayer(let type): _ = try type.init(&settings)
        case .exact: _ = try FunctionallyEquivalent(&settings)
        case .game: _ = try GameSettings(entry.card.id, &settings)
        }
        return settings.resolved
    }

    @Test("Every attack of the catalogue is read, and comes back equal", arguments: AttackCatalogue.cards.map(\.id))
    func roundTrip(id: String) throws {
        let bare = try decoded(Self.bare(id))
        #expect(bare.attack == id && bare.settings.values.isEmpty && bare.targets == .victim)
        #expect(try JSONDecoder().decode(AttackSpec.self, from: JSONEncoder().encode(bare)) == bare)
        // With all settings written out it is still good: a default lies in its own range.
        var full = bare
        full.settings = AttackSettings(try Self.defaults(bare.entry))
        let copy = try JSONDecoder().decode(AttackSpec.self, from: JSONEncoder().encode(full))
        #expect(copy == full)
    }

    @Test("No attack has a setting by a name that every attack has", arguments: AttackCatalogue.entries.map(\.card.id))
    func reserved(id: String) throws {
        let entry = try #require(AttackCatalogue.entry(id))
        let common: Set = [
            "attack", "name", "signal", "targets", "references", "asked", "sets", "training", "model",
        ]
        #expect(common.isDisjoint(with: try Self.defaults(entry).keys))
    }

    @Test("Everything that all attacks have comes back equal too")
    func wholeRoundTrip() throws {
        let yaml = """
            attack: lira-online
            name: ours
            signal: negative-elbo
            references: 8
            asked: 20
            sets: 3
            variance: per-record
            """
        let spec = try decoded(yaml)
        #expect(spec.id == "ours" && spec.references == 8 && spec.asked == 20 && spec.sets == 3)
        #expect(spec.settings.values == ["variance": .word("per-record")])
        #expect(try JSONDecoder().decode(AttackSpec.self, from: JSONEncoder().encode(spec)) == spec)
        let student = try decoded(
            "{attack: answer-distillation, training: {epochs: 2, batch: 8, rate: 0.1}, model: {family: gan, hidden: [4]}}"
        )
        #expect(student.training?.epochs == 2 && student.model?.hidden == [4])
        #expect(try JSONDecoder().decode(AttackSpec.self, from: JSONEncoder().encode(student)) == student)
        let pool = try decoded("{attack: rmia-online, signal: token-loss, targets: pool, gamma: 4, strict: true}")
        #expect(pool.targets == .pool && pool.settings.values == ["gamma": .number(4), "strict": .flag(true)])
        #expect(try JSONDecoder().decode(AttackSpec.self, from: JSONEncoder().encode(pool)) == pool)
    }

    @Test("A row is called as its attack and signal, or as the name says")
    func names() throws {
        #expect(try decoded("{attack: lira-online, signal: loss}").id == "lira-online/loss")
        #expect(try decoded("{attack: logan-white-box}").id == "logan-white-box")
        #expect(try decoded("{attack: lira-online, signal: loss, name: lira-64}").id == "lira-64")
        let two = "{attack: base, signal: logit-confidence}\n      - {attack: base, signal: logit-confidence, name: b}"
        #expect(refusal(two) == nil)
    }

    @Test(
        "What is wrong with an attack is told in one line that names the place",
        arguments: [
            (
                "{attack: base, signal: logit-confidence, mod: offline}",
                "victims[0].attacks[0]: unknown key 'mod' of base; expected one of mode"
            ),
            (
                "{attack: base, signal: logit-confidence, mode: ofline}",
                "victims[0].attacks[0].mode: expected one of online, offline, found ofline"
            ),
            (
                "{attack: rmia-online, signal: logit-confidence, gamma: 0}",
                "victims[0].attacks[0].gamma: expected a number from"
            ),
            (
                "{attack: rmia-online, signal: logit-confidence, gamma: {a: 1}}",
                "victims[0].attacks[0].gamma: expected a single value, found another type"
            ),
            (
                "{attack: pooled-gap, signal: logit-confidence, mode: online}",
                "unknown key 'mode': pooled-gap has no settings; remove it"
            ),
            (
                "{attack: answer-distillation, budgets: []}",
                "victims[0].attacks[0].budgets: expected whole numbers from 1 to"
            ),
            (
                "{attack: base, signal: logit-confidence, name: a/b}",
                "victims[0].attacks[0].name: expected letters, digits"
            ),
            ("{attack: correctness, signal: logit-confidence}", "signal: correctness reads no signal; remove it"),
            (
                "{attack: base, signal: logit-confidence, references: 0}", "attacks[0].references: expected a number"
            ),
            ("{attack: attack-p, signal: logit-confidence, references: 2}", "reads no signals of a shadow pool"),
            ("{attack: correctness, references: 2}", "reads no signals of a shadow pool"),
            ("{attack: base, signal: logit-confidence, asked: 1}", "attacks[0].asked: expected a number from 2"),
            ("{attack: base, signal: logit-confidence, sets: 0}", "attacks[0].sets: expected a number from 1"),
            (
                "{attack: base, signal: logit-confidence, training: {epochs: 1, batch: 1, rate: 1}}",
                "victims[0].attacks[0].training: base trains no model of the spec's; remove it"
            ),
            ("{attack: correctness, model: {family: gan}}", "model: correctness trains no model of the spec's"),
            ("{attack: answer-distillation, sets: 4}", "sets are of a single victim's candidates"),
            (
                "{attack: base, signal: logit-confidence, targets: pool, sets: 4}",
                "sets are of a single victim's candidates"
            ),
            (
                "{attack: base, signal: logit-confidence, targets: pol}",
                "targets: expected one of victim, pool, found 'pol'; did you mean 'pool'?"
            ),
            ("{attack: correctness, targets: pool}", "reads more than signals, so shadows cannot be its targets"),
            ("{attack: answer-distillation, targets: pool}", "reads more than signals"),
        ])
    func refused(_ attack: String, _ says: String) throws {
        let line = try #require(refusal(attack))
        #expect(line.hasPrefix("tiny.yaml: ") && !line.contains("\n") && line.contains(says), "\(line)")
    }

    @Test("Only a pool of independent coin flips can be the targets")
    func poolTargets() throws {
        let attack = "{attack: base, signal: logit-confidence, targets: pool}"
        #expect(refusal(attack) == nil)
        let covering = Self.classifier.replacing(", flips: independent", with: "")
        let line = try #require(refusal(attack, of: covering))
        #expect(line.contains("base on 'classifier': leave-one-out targets need a pool of independent coin flips"))
        #expect(refusal("{attack: base, signal: logit-confidence}", of: covering) == nil)
        let none = Self.classifier.replacing("    shadows: {count: 4, flips: independent}\n", with: "")
        #expect(
            try #require(refusal("{attack: attack-p, signal: logit-confidence, targets: pool}", of: none))
                .contains("attack-p on 'classifier' needs shadows"))
    }

    @Test("An attack on the pool, on class thresholds or after calibration does not run on the untrained control")
    func controls() throws {
        let attacks = """
                  - {attack: attack-p, signal: logit-confidence}
                  - {attack: attack-p, signal: logit-confidence, targets: pool, name: pool}
                  - {attack: base, signal: logit-confidence}
                  - {attack: answer-distillation, budgets: [10]}

            """
        let spec = try TinyExperiment.spec(TinyExperiment.head + Self.classifier + attacks)
        let control = try #require(spec.victims.first { $0.id == "classifier-untrained" })
        #expect(control.attacks.map(\.id) == ["attack-p/logit-confidence"])
    }

    @Test("As many references as the attack says: half on each side online; offline all OUT, beside as many IN")
    func references() throws {
        let view = try ShadowView(
            signals: (0..<8).map { [Double($0)] }, membership: (0..<8).map { [$0 % 2 == 0] })
        func used(_ attack: String) throws -> [[Double]] {
            let limited = view.limited(try decoded(attack))
            return [limited.values(of: 0, whenMember: true), limited.values(of: 0, whenMember: false)]
        }
        #expect(try used("{attack: lira-online, signal: loss}") == [[0, 2, 4, 6], [1, 3, 5, 7]])
        #expect(try used("{attack: lira-online, signal: loss, references: 4}") == [[0, 2], [1, 3]])
        #expect(try used("{attack: lira-online, signal: loss, references: 3}") == [[0], [1, 3]])
        #expect(try used("{attack: base, signal: loss, references: 3, mode: offline}") == [[0, 2, 4], [1, 3, 5]])
        for offline in [
            "lira-offline", "rmia-offline", "attack-r", "difficulty-calibration", "reference-ratio",
            "reference-difference",
        ] {
            #expect(try used("{attack: \(offline), signal: loss, references: 2}") == [[0, 2], [1, 3]], "\(offline)")
        }
    }

    @Test("Half of the asked candidates are members, and more than there are is refused before anything is trained")
    func asked() throws {
        let plan = try TinyExperiment.plan()
        let victim = try #require(plan.victims.first { $0.spec.id == "vae" })
        #expect(try victim.asked(nil) == Array(0..<100))
        let asked = try victim.asked(21)
        #expect(asked == asked.sorted() && Set(asked).count == 21 && asked.count { victim.membership[$0] } == 10)
        let error = #expect(throws: SpecError.self) { try victim.asked(100) }
        #expect(error?.description.contains("victims: 'vae': asked: expected at most") == true)
        let tooMany = TinyExperiment.head + Self.classifier + "      - {attack: correctness, asked: 100}\n"
        #expect(throws: SpecError.self) { try TinyExperiment.plan(tooMany) }
    }
}
