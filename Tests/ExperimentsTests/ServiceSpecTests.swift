import Foundation
import Store
import Testing
import ThreatModel

@testable import Experiments

@Suite("Services in specs")
struct ServiceSpecTests {
    /// The one line with which a service is refused that stands at the second attack of a classifier.
    private func refusal(_ service: String, of attack: String = "knock-off") -> String? {
        TinyExperiment.refusal(TinyTheft.classifier("attack: correctness", "attack: \(attack), service: \(service)"))
    }

    @Test("Every key is read, comes back equal, and an empty service is one in the attack's own process")
    func everyKey() throws {
        let full = try TinyTheft.service(
            """
            over: http
            defences: [labels-only, {rounding: 2}, {reverse-sigmoid: [0.7, 0.2]}]
            monitors: [prada, {coverage: [0.1, 32]}]
            perThousandQueries: 1.5
            perThousandTokens: 0.25
            """)
        #expect(full.over == .http && full.monitors.map(\.description) == ["prada", "coverage=0.1,32"])
        #expect(full.defences.map(\.description) == ["labels-only", "rounding=2", "reverse-sigmoid=0.7,0.2"])
        #expect(full.tariff == Tariff(perThousandQueries: 1.5, perThousandTokens: 0.25))
        #expect(full.words == "asked over HTTP behind labels-only, rounding=2, reverse-sigmoid=0.7,0.2")
        #expect(try JSONDecoder().decode(ServiceSpec.self, from: JSONEncoder().encode(full)) == full)
        let empty = try TinyTheft.service("{}")
        #expect(empty == ServiceSpec() && empty.tariff == nil)
        #expect(empty.words == "asked in its own process behind no defence")
    }

    @Test("One price is enough, and the other is nothing")
    func onePrice() throws {
        #expect(try TinyTheft.service("{perThousandTokens: 2}").tariff == Tariff(perThousandTokens: 2))
        #expect(try TinyTheft.service("{perThousandQueries: 0}").tariff == Tariff())
    }

    @Test("Whatever stands there decides over the key of the stage, and so over what is computed again")
    func keys() throws {
        func key(_ service: String) throws -> String? {
            let yaml = TinyTheft.classifier("attack: knock-off, budgets: [10], service: \(service)")
            return try TinyExperiment.keys(yaml)["attack/classifier/knock-off"]?.hex
        }
        let services = [
            "{}", "{over: http}", "{defences: [labels-only]}", "{defences: [{rounding: 1}]}",
            "{defences: [{rounding: 2}]}", "{monitors: [prada]}", "{perThousandQueries: 1}", "{perThousandTokens: 1}",
        ]
        #expect(Set(try services.map(key)).count == services.count)
        #expect(try key("{over: process}") == key("{}"))
    }

    static let bad: [(service: String, says: String)] = [
        ("{ovr: http}", "service: unknown key 'ovr'; did you mean 'over'?"),
        ("{over: ftp}", "service.over: expected one of process, http, found 'ftp'"),
        ("{over: htp}", "service.over: expected one of process, http, found 'htp'; did you mean 'http'?"),
        ("{over: [http]}", "service.over: expected "),
        ("http", "service: expected a mapping"),
        ("{defences: labels-only}", "service.defences: expected a list, found another type"),
        (
            "{defences: [labels-only, roundin]}",
            "service.defences[1]: unknown defence 'roundin'; expected one of rounding,"
        ),
        ("{defences: [labels-only, {roundin: 2}]}", "service.defences[1]: unknown defence 'roundin'; expected one of"),
        (
            "{defences: [{rounding: 9}]}",
            "service.defences[0]: rounding: expected decimals: a whole number from 0 to 6, found 9; correct it"
        ),
        ("{defences: [{rounding: 1.5}]}", "service.defences[0]: rounding: expected decimals: a whole number"),
        (
            "{defences: [rounding]}",
            "service.defences[0]: rounding: expected decimals: a whole number from 0 to 6, found none"
        ),
        ("{defences: [rounding=x]}", "service.defences[0]: expected NAME or NAME=NUMBER[,NUMBER], found 'rounding=x'"),
        ("{defences: [{labels-only: 1}]}", "service.defences[0]: labels-only: expected no number, found 1; remove it"),
        ("{defences: [{reverse-sigmoid: [0.7]}]}", "service.defences[0]: reverse-sigmoid: expected"),
        (
            "{defences: [{rounding: 1, top-k: 2}]}",
            "service.defences[0]: expected a word or one key with its numbers, found"
        ),
        ("{defences: [{}]}", "service.defences[0]: expected a word or one key with its numbers, found"),
        ("{defences: [{rounding: two}]}", "service.defences[0].rounding: expected "),
        ("{defences: [[rounding]]}", "service.defences[0]: expected "),
        ("{monitors: [prada, prade]}", "service.monitors[1]: unknown monitor 'prade'; expected one of prada, novelty,"),
        ("{monitors: [{prada: 2}]}", "service.monitors[0]: prada: expected delta: a number from 0.5 to 0.999"),
        (
            "{perThousandQueries: -1}",
            "service.perThousandQueries: expected a number from 0.0 to 1000000000.0, found -1.0"
        ),
        (
            "{perThousandTokens: -0.1}",
            "service.perThousandTokens: expected a number from 0.0 to 1000000000.0, found -0.1"
        ),
        ("{perThousandQueries: .nan}", "service.perThousandQueries: expected a number"),
        ("{perThousandQueries: free}", "service.perThousandQueries: expected a number, found another type"),
    ]

    @Test(
        "What is wrong is told in one line that names the whole path, what was expected and what was found",
        arguments: bad)
    func refused(_ service: String, _ says: String) throws {
        let line = try #require(refusal(service))
        #expect(line.hasPrefix("tiny.yaml: victims[0].attacks[1].\(says)") && !line.contains("\n"), "\(line)")
    }

    static let misfits: [(attack: String, service: String, says: String)] = [
        (
            "knock-off", "{defences: [labels-only, ngram-filter]}",
            "defences[1]: expected a defence of 'classify', which knock-off asks for, found 'ngram-filter', which acts "
                + "on completions; remove it"
        ),
        ("knock-off", "{defences: [no-logit-bias]}", "defences[0]: expected a defence of 'classify'"),
        (
            "knock-off", "{monitors: [prada, bias-coverage]}",
            "monitors[1]: expected a monitor of 'classify', which knock-off asks for, found 'bias-coverage', which "
                + "watches completions; remove it"
        ),
        (
            "logit-svd", "{defences: [{rounding: 2}, {top-k: 3}]}",
            "defences[1]: expected a defence that leaves 'logits', which logit-svd asks for, found 'top-k', which hides "
                + "it; remove it"
        ),
        (
            "logit-svd", "{defences: [{reverse-sigmoid: [0.7, 0.2]}]}",
            "found 'reverse-sigmoid', which acts on classify;"
        ),
        ("generator-theft", "{defences: [labels-only]}", "defences[0]: expected a defence of 'sample'"),
        ("encoder-theft", "{defences: [{top-k: 1}]}", "defences[0]: expected a defence of 'encode'"),
        ("token-theft", "{monitors: [prada]}", "monitors[0]: expected a monitor of 'completions'"),
    ]

    @Test("A defence or a monitor that means nothing to what the attack asks for is refused", arguments: misfits)
    func misfit(_ attack: String, _ service: String, _ says: String) throws {
        let line = try #require(refusal(service, of: attack))
        #expect(line.hasPrefix("tiny.yaml: victims[0].attacks[1].service.") && !line.contains("\n"), "\(line)")
        #expect(line.contains(says), "\(line)")
    }

    @Test(
        "Each that acts on what the attack asks for is taken",
        arguments: [
            ("knock-off", "[labels-only, {noise: 0.1}, {top-k: 2}]", "[prada, novelty, coverage]"),
            ("encoder-theft", "[{rounding: 1}]", "[prada, novelty]"), ("logit-svd", "[{rounding: 1}]", "[coverage]"),
            ("token-theft", "[ngram-filter, {top-k: 2}]", "[bias-coverage]"),
        ])
    func fitting(_ attack: String, _ defences: String, _ monitors: String) throws {
        let spec = try decodeStrictly(
            AttackSpec.self, from: "{attack: \(attack), service: {defences: \(defences), monitors: \(monitors)}}",
            name: "test")
        #expect(spec.service?.defences.isEmpty == false && spec.service?.monitors.isEmpty == false)
    }

    @Test("Only what steals through an interface has a service, and only what steals a whole model has heirs")
    func stealing() throws {
        let service = try #require(refusal("{over: http}", of: "correctness"))
        #expect(
            service.contains(
                "victims[0].attacks[1].service: correctness steals nothing through an interface; remove it"))
        let exact = try #require(refusal("{}", of: "functionally-equivalent"))
        #expect(exact.contains("functionally-equivalent steals nothing through an interface"))
        let heir = try #require(refusal("{}, inherits: true", of: "logit-svd"))
        #expect(heir.contains("victims[0].attacks[1].inherits: logit-svd steals no whole model; remove it"))
    }
}
