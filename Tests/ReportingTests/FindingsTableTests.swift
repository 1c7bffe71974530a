import Auditing
import Foundation
import Statistics
import Testing

@testable import Reporting

@Suite("The tables of findings")
struct FindingsTableTests {
    @Test("fit a terminal of 120 columns")
    func width() {
        let lines = FindingsTable.text(Fixture.findings).split(separator: "\n")
        let wide = lines.filter { $0.count > 120 }
        #expect(wide.isEmpty)
        #expect(lines.count > 25)
    }

    @Test("mark coarse rates, rates that cannot be resolved, and controls")
    func marks() throws {
        let lines = FindingsTable.text(Fixture.findings).split(separator: "\n")
        let first = try #require(lines.first { $0.contains("lira-online · −ELBO") && $0.contains("0.912") })
        #expect(first.contains("0.912 [0.894, 0.930]"))
        #expect(first.contains("~38.1 % [36.1, 40.1]"))
        #expect(first.contains("n.r."))
        #expect(!first.contains("21.4"))
        #expect(lines.contains { $0.contains("(control)") && $0.contains("0.551") })
        #expect(lines.contains("[ ] 95 % intervals."))
    }

    @Test("have a second table of further numbers, for the grades that have them alone")
    func further() throws {
        let text = FindingsTable.text(Fixture.findings)
        let section = try #require(text.components(separatedBy: "Membership, further numbers\n\n").last)
        let lines = try #require(section.components(separatedBy: "\n\n").first).split(separator: "\n")
        #expect(lines.count == 6)
        for part in ["48.1 % [46.1, 50.1]", "~16.6 % [14.6, 18.6]", "32.5 % [30.5, 34.5]", "0.687", "2.35"] {
            #expect(lines[2].contains(part), "\(part)")
        }
        #expect(!section.contains("18.7"), "a rate that cannot be resolved is not shown")
        var older = Fixture.findings
        older.rows[0].membership?.impliedEpsilon?.lowerBound = 0
        #expect(FindingsTable.text(older).contains("0.687  none"), "a bound of 0 is no promise")
        older.rows[3].membership?.advantage = 0.1
        older.rows[0].membership?.advantage = nil
        #expect(!FindingsTable.text(older).contains("further numbers"))
    }

    @Test("show every game, the promise and the outcome of each relation")
    func content() {
        let text = FindingsTable.text(Fixture.findings)
        for part in ["0.102 (untrained", "17.32 [16.9, 17.8] dB", "9.97 bits", "3.981", "VIOLATED", "+3.73"] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("carry no control characters to the terminal")
    func harmless() {
        var findings = Fixture.findings
        findings.rows[0].attack = "\u{1b}[31mred\r\n"
        let text = FindingsTable.text(findings)
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
    }

    @Test("are Markdown on demand, with as many cells in each row as in its head")
    func markdown() {
        var findings = Fixture.findings
        findings.rows[0].signal = "a|b"
        let blocks = FindingsTable.markdown(findings).split(separator: "\n\n").filter { $0.hasPrefix("| ") }
        #expect(blocks.count == 5)
        for block in blocks {
            let cells = block.split(separator: "\n").map { line in
                line.replacing("\\|", with: "").count { $0 == "|" }
            }
            #expect(Set(cells).count == 1)
        }
        #expect(blocks[1].contains("a\\|b"))
    }
}
