import Auditing
import Foundation
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
