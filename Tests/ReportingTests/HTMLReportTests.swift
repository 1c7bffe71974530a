import Auditing
import Foundation
import Statistics
import Testing

@testable import Reporting

@Suite("report.html")
struct HTMLReportTests {
    private func page(_ findings: Findings = Fixture.findings) throws -> String {
        try HTMLReport(findings: findings, exhibits: Fixture.exhibits, timings: ["shadows": 90])
            .render(figures: Figure.drawn(Fixture.exhibits), encodePNG: StoredPNG.encode)
    }

    @Test("escapes every text, asks nothing of the network, and gives each id once")
    func selfContained() throws {
        let html = try page()
        #expect(html.contains("<title>digits &amp; &lt;letters&gt; – Penumbra</title>"))
        #expect(
            html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;it&#39; &quot;\u{301}onload"))
        #expect(!html.contains("<script"))
        #expect(!html.unicodeScalars.contains("\u{7}"))
        #expect(html.matches(of: /(src|href)=["'](?!data:|#)/).isEmpty)
        let ids = html.matches(of: /\sid=["']([^"']+)/).map { String($0.output.1) }
        #expect(ids.count > 40)
        #expect(Set(ids).count == ids.count)
        #expect(!html.contains("<?xml"))
    }

    @Test("shows the verdict, the marks, the promise, the controls and every exhibit")
    func content() throws {
        let html = try page()
        for part in [
            "verdict red", "1 gate is violated", "0.912 [0.894, 0.930]", "38.1 % [36.1, 40.1]", "realised FPR 0.80 %",
            "not resolvable", "3.981 (δ = 1e−5)", "add or remove one", "0.102 (untrained student)",
            "12.11 (class mean)",
            "1.44 (fresh secrets)", "small committed stand-in", "The adversary knows the recipe.", "Haswell", "90 s",
            "KING RICHARD", "samples &lt;prior&gt;", "0 of 1 negative control",
        ] {
            #expect(html.contains(part), "\(part)")
        }
        #expect(html.ranges(of: "<div class=\"plot\"><svg").count == 4)
        #expect(html.ranges(of: "data:image/png;base64,iVBORw0KGgo").count == 2)
        #expect(!html.contains("21.4 %"))
        #expect(!html.contains("{{"))
    }

    @Test("keeps further numbers under each row, and says where none can be resolved")
    func further() throws {
        let html = try page()
        for part in [
            "<dt>TPR @ 10 % FPR</dt><dd>48.1 % [46.1, 50.1], realised FPR 8.0 %</dd>",
            "<dt>TPR @ 0.01 % FPR</dt><dd>not resolvable with 500 non-members</dd>",
            "<dt>TPR @ no false positive</dt><dd>16.6 % [14.6, 18.6] are above all 500 non-members</dd>",
            "32.5 % [30.5, 34.5] where 1.0 % are members",
            "<dd>ε ≥ 2.35 at 1 % FPR (δ = 1e−5, 95 % confidence); no audit",
            "<dt>Threshold from shadows, 0.1 % FPR</dt><dd>not resolvable with 150 non-members of the shadows</dd>",
            "99.6 % [97.6, 100] of pairs of sets of 100 told apart", "83.4 % [80.4, 86.4] right",
        ] {
            #expect(html.contains(part), "\(part)")
        }
        #expect(html.ranges(of: "<dt>Advantage</dt>").count == 1)
        #expect(!html.contains("18.7 %"))
    }

    @Test("says that rates imply nothing instead of an epsilon of 0")
    func nothingImplied() throws {
        var findings = Fixture.findings
        findings.rows[0].membership?.impliedEpsilon = ImpliedEpsilon(
            lowerBound: 0, delta: 1e-5, confidence: 0.95, target: nil)
        #expect(try page(findings).contains("nothing: the rates do not rule out ε = 0"))
    }

    @Test("does without victims, rows, relations and exhibits")
    func empty() throws {
        let findings = Findings(
            name: "empty", seed: 1, spec: "", environment: [:], datasets: [], victims: [], rows: [], relations: [],
            assumptions: [])
        let html = try HTMLReport(findings: findings).render(encodePNG: StoredPNG.encode)
        #expect(html.contains("verdict grey"))
        #expect(html.hasSuffix("</html>\n"))
    }

    @Test("passes on the error of the encoder of pictures")
    func encoderFails() {
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            try HTMLReport(findings: Fixture.findings, exhibits: Fixture.exhibits).render { _, _, _ in throw Broken() }
        }
    }
}
