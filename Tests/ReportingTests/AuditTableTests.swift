import Auditing
import Foundation
import Testing

@testable import Reporting

@Suite("The table of audits")
struct AuditTableTests {
    private static let findings: Findings = {
        var findings = Fixture.findings
        var row = findings.rows[2]
        (row.id, row.attack) = ("vae-private/audit/gradient-canary", "audit/gradient-canary")
        row.measures = [
            Measure(name: "guesses", value: 500), Measure(name: "right guesses", value: 0.808),
            Measure(name: "epsilon-lower@0.95", value: 1.2512), Measure(name: "epsilon-lower@0.999", value: 1.07),
            Measure(name: "epsilon-lower-gaussian@0.95", value: 2.16),
            Measure(name: "epsilon-lower-gaussian@0.999", value: 1.4),
        ]
        findings.rows.append(row)
        return findings
    }()

    @Test("has a line for each audit, with counts and all bounds, and no other row")
    func lines() throws {
        let lines = AuditTable.text(Self.findings).split(separator: "\n")
        let row = try #require(lines.first { $0.contains("gradient-canary") })
        let cells = row.split(separator: " ").map(String.init)
        #expect(
            cells == ["vae-private", "gradient-canary", "404", "500", "1.25", "1.07", "2.16", "1.40", "3.98"],
            "\(cells)")
        #expect(!lines.contains { $0.contains("lira-online ·") })
        #expect(lines.contains { $0.contains("held") && $0.contains("lira-online on vae beats loss-threshold") })
        #expect(lines.allSatisfy { $0.count <= 120 })
    }

    @Test("is empty but for its head where nothing was audited")
    func none() {
        #expect(!AuditTable.text(Fixture.findings).contains("gradient-canary"))
    }
}
