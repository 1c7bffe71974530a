import Foundation
import Testing

@testable import Experiments

@Suite("Relations in specs")
struct RelationSpecTests {
    private static func expecting(_ relation: String) -> String {
        TinyExperiment.yaml + "expect:\n  - {statement: claim, gate: true, \(relation)}\n"
    }

    static let bad: [(relation: String, says: String)] = [
        (
            "left: {row: gan/nearest-samples, measure: auc}, atLeast: 0.5",
            "expect: 'claim': there is no row 'gan/nearest-samples'; did you mean 'gan/nearest-sample'?"
        ),
        ("left: {victim: vea, measure: gap}, atLeast: 0", "there is no victim 'vea'; did you mean 'vae'?"),
        (
            "left: {victim: vae, measure: gap}, exceeds: {victim: nobody-at-all, measure: gap}",
            "there is no victim 'nobody-at-all'; expected one of vae, vae-private"
        ),
        ("left: {row: a, victim: b, measure: c}, atLeast: 1", "either a row, or rows, or a victim"),
        ("left: {victim: vae, measure: gap}", "expected one of atLeast, atMost, contains and exceeds"),
        ("left: {victim: vae, measure: gap}, atLeast: 1, factor: 0", "expect[0].factor: expected a number from"),
        ("left: {rows: [], measure: auc}, atLeast: 1", "either a row, or rows, or a victim"),
        (
            "left: {rows: [gan/logan-white-box, gan/nearest-samples], measure: auc}, atLeast: 1",
            "there is no row 'gan/nearest-samples'; did you mean 'gan/nearest-sample'?"
        ),
    ]

    @Test("A relation of what is not there is refused in one line", arguments: bad)
    func refused(_ relation: String, _ says: String) throws {
        let line = try #require(TinyExperiment.refusal(Self.expecting(relation)))
        #expect(line.hasPrefix("tiny.yaml: ") && !line.contains("\n") && line.contains(says), "\(line)")
    }

    @Test("A relation comes back equal")
    func roundTrip() throws {
        let relations = try TinyExperiment.spec(
            Self.expecting(
                "left: {row: gan/nearest-sample, measure: auc}, atLeast: 0.1, exceeds: {victim: vae, measure: gap}, margin: 2"
            )
        ).expect
        let copy = try JSONDecoder().decode([RelationSpec].self, from: JSONEncoder().encode(relations))
        #expect(copy == relations && relations.count == 1)
    }
}
