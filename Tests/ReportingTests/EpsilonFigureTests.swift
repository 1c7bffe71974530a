import Accounting
import Auditing
import Foundation
import Statistics
import Testing

@testable import Reporting

@Suite("The figure of both bounds on epsilon")
struct EpsilonFigureTests {
    private func audited(_ epsilon: Double, _ method: AuditMethod = .oneRun) -> Findings {
        var findings = Fixture.findings
        findings.rows[2].audits = [
            AuditStatement(method: method, epsilon: epsilon, delta: 1e-5, confidence: 0.95, choice: "fixed")
        ]
        return findings
    }

    private func row(_ victim: String, _ findings: Findings) throws -> EpsilonFigure.Row {
        let figure = try #require(EpsilonFigure(findings))
        return try #require(figure.groups.flatMap(\.rows).first { $0.victim == victim })
    }

    @Test("shows the groups in which somebody promises, without controls, and an infinite row for the plain victim")
    func groups() throws {
        let figure = try #require(EpsilonFigure(Fixture.findings))
        #expect(figure.groups.map(\.name) == ["vae"])
        #expect(figure.groups[0].rows.map(\.victim) == ["vae", "vae-private"])
        let plain = try row("vae", Fixture.findings)
        #expect(plain.upper == .infinity && plain.lower == 2.346 && plain.method == "clopper-pearson, 95 %")
        #expect(plain.rates == ["~38.1 % [36.1, 40.1]", "n.r."] && plain.utility == "21.94 negative ELBO")
        let promising = try row("vae-private", Fixture.findings)
        #expect(promising.upper == 3.9812 && promising.lower == nil)
        var open = Fixture.findings
        for index in open.victims.indices { open.victims[index].epsilon = nil }
        #expect(EpsilonFigure(open) == nil)
    }

    @Test("takes the largest bound for every mechanism, and is red only where it exceeds the promise")
    func bounds() throws {
        let held = try row("vae-private", audited(0.5))
        #expect(held.lower == 0.5 && held.method == "one-run, 95 %" && !held.isRefuted)
        let broken = audited(4.5)
        #expect(try row("vae-private", broken).isRefuted)
        let (red, blue) = (try #require(EpsilonFigure(broken)).svg, try #require(EpsilonFigure(audited(0.5))).svg)
        #expect(red.contains("#c0262d") && !blue.contains("#c0262d"))
        // A fit that exceeds the promise refutes nothing.
        #expect(try row("vae-private", audited(9, .gaussian)).lower == nil)
    }

    @Test("orders the marks on the axis as the numbers, and draws nothing proved at its left end")
    func places() throws {
        let svg = try #require(EpsilonFigure(audited(0.5))).svg
        let circles = svg.matches(of: /<circle cx="([0-9.]+)"/).compactMap { Double($0.output.1) }
        #expect(circles.count == 2 && circles[1] < circles[0])
        let ends = svg.matches(of: /V[0-9.]+" stroke="#0072b2" stroke-width="3"/)
        #expect(ends.count == 1)
        let nothing = try #require(EpsilonFigure(audited(0))).svg
        #expect(nothing.ranges(of: "<circle").count == 1 && nothing.contains(">none<"))
    }

    @Test("is well-formed, escapes names, and stands in the page with its explanation")
    func document() throws {
        var findings = audited(0.5)
        let name = "vae-\(Fixture.hostile)"
        findings.victims[1].id = name
        findings.rows[2].victim = name
        let svg = try #require(EpsilonFigure(findings)).svg
        #expect(XMLCheck.isWellFormed(svg) && !svg.contains("<script"))
        let html = try HTMLReport(findings: audited(0.5)).render(encodePNG: StoredPNG.encode)
        #expect(html.contains("<h2>Epsilon, above and below</h2>") && html.contains("<circle cx="))
        #expect(html.contains("<dt>Audit, one-run</dt><dd>ε ≥ 0.50 (δ = 1e−5, 95 % confidence); fixed; each candidate"))
    }
}

/// Whether every element of a document is closed in order.
private enum XMLCheck {
    static func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        for tag in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
            if tag.output.3 == "/" { continue }
            if tag.output.1 == "" {
                open.append(tag.output.2)
            } else if open.popLast() != tag.output.2 {
                return false
            }
        }
        return open.isEmpty && text.ranges(of: "<").count == text.ranges(of: ">").count
    }
}
