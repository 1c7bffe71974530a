import Auditing
import Testing

@testable import Reporting

@Suite("The verdict")
struct VerdictTests {
    @Test(
        "is red for a violated gate, green when all that was checked held, grey otherwise",
        arguments: [
            ([], .grey), ([(true, .held)], .green), ([(true, .held), (false, .unchecked)], .green),
            ([(true, .held), (true, .violated)], .red), ([(true, .held), (false, .violated)], .grey),
            ([(true, .unchecked)], .grey),
        ] as [([(Bool, RelationFinding.Outcome)], Verdict.Tone)])
    func tones(relations: [(Bool, RelationFinding.Outcome)], tone: Verdict.Tone) {
        let findings = relations.map {
            RelationFinding(statement: "s", isGate: $0.0, outcome: $0.1, detail: "d")
        }
        #expect(Verdict(findings).tone == tone)
    }
}
