import Auditing
import Foundation
import Testing

@testable import Reporting

@Suite("findings.json")
struct FindingsJSONTests {
    @Test("comes back as it went, and gives the same bytes again")
    func roundTrip() throws {
        let bytes = try FindingsJSON.encode(Fixture.findings)
        let decoded = try FindingsJSON.decode(bytes)
        #expect(decoded == Fixture.findings)
        #expect(try FindingsJSON.encode(decoded) == bytes)
    }

    @Test("has sorted keys, plain slashes and one newline at the end")
    func form() throws {
        let text = String(decoding: try FindingsJSON.encode(Fixture.findings), as: UTF8.self)
        #expect(text.hasSuffix("}\n"))
        #expect(text.contains("\"vae/lira-online\""))
        let keys = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.map { String($0) }
        #expect(keys.count == 9)
        #expect(keys == keys.sorted())
    }

    @Test("keeps an infinite value", arguments: [Double.infinity, -.infinity])
    func infinity(value: Double) throws {
        var findings = Fixture.findings
        findings.rows[4].measures[0].value = value
        #expect(try FindingsJSON.decode(FindingsJSON.encode(findings)) == findings)
    }
}
