import Auditing
import Testing

@testable import Reporting

@Suite("Groups of victims")
struct VictimGroupTests {
    @Test("hold a victim with its siblings, and lose no row and no exhibit")
    func groups() {
        var findings = Fixture.findings
        findings.rows[6].victim = "stray"
        let groups = VictimGroup.all(findings, Fixture.exhibits)
        #expect(groups.map(\.name) == ["vae", "gpt", "stray"])
        #expect(groups[0].victims.map(\.id) == ["vae", "vae-private", "vae-untrained"])
        #expect(groups.map(\.rows.count) == [6, 0, 1])
        #expect(groups.flatMap(\.exhibits).sorted() == Array(Fixture.exhibits.indices))
    }
}
