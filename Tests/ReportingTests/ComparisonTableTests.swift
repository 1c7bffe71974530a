import Auditing
import Statistics
import Testing

@testable import Reporting

@Suite("The table of two runs")
struct ComparisonTableTests {
    private func text(_ change: (inout Findings) -> Void) throws -> String {
        var second = Fixture.findings
        change(&second)
        return ComparisonTable.text(try RunComparison(Fixture.findings, second), first: "runs/a", second: "runs/b")
    }

    @Test("fits a terminal, and shows both values, the difference and the mark of intervals that do not overlap")
    func content() throws {
        let text = try text { second in
            second.rows[0].membership?.auc.value = 0.8
            second.rows[0].membership?.auc.interval = .init(lower: 0.78, upper: 0.82, confidence: 0.95)
            second.seed = 8
        }
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 120 || $0.contains(": ") })
        let area = try #require(lines.first { $0.contains("0.912 [0.894, 0.930]") })
        #expect(area.contains("vae/lira-online") && area.contains("0.800 [0.780, 0.820]"))
        #expect(area.contains("−0.112 [−0.139, −0.085]") && area.hasSuffix("apart"))
        #expect(text.contains("(1 here)") && lines.contains("seed: 7 / 8"))
        #expect(text.contains("n.r.") && text.contains("~38.1 % [36.1, 40.1]") && !text.contains("21.4"))
    }

    @Test("names the rows of one run alone, and says when nothing differs")
    func only() throws {
        let fewer = try text { $0.rows.removeFirst() }
        #expect(fewer.contains("only in the first: vae/lira-online\n") && !fewer.contains("only in the second"))
        #expect(fewer.contains("same spec, seed, data and environment"))
        #expect(try text { $0.rows = [] }.contains("no row is in both runs"))
    }
}
