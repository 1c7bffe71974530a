import Foundation
import Testing

/// The catalogue in `docs/attacks.md` is the program's own; `PENUMBRA_RECORD=1 swift test …` renews it.
@Suite("The document of attacks")
struct AttackDocumentTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../docs/attacks.md")
    private static let marks = ("<!-- catalogue -->\n", "<!-- /catalogue -->")

    /// The document before, between and after the marks.
    private func parts() throws -> (before: Substring, table: Substring, after: Substring) {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let begin = try #require(text.firstRange(of: Self.marks.0))
        let end = try #require(text.firstRange(of: Self.marks.1))
        return (text[..<begin.upperBound], text[begin.upperBound..<end.lowerBound], text[end.lowerBound...])
    }

    @Test("It holds the catalogue as penumbra attacks --markdown prints it")
    func catalogue() throws {
        let printed = try Program.run(["attacks", "--markdown"])
        try #require(printed.status == 0 && printed.output.hasPrefix("| Attack |"))
        let parts = try parts()
        if ProcessInfo.processInfo.environment["PENUMBRA_RECORD"] == "1", parts.table != printed.output {
            let renewed = parts.before + printed.output + parts.after
            try String(renewed).write(to: Self.file, atomically: true, encoding: .utf8)
            Issue.record("renewed docs/attacks.md; look at the change and run again")
            return
        }
        let differing = zip(
            parts.table.split(separator: "\n"), printed.output.split(separator: "\n")
        ).first { $0 != $1 }
        #expect(
            parts.table == printed.output,
            """
            docs/attacks.md is not what penumbra attacks --markdown prints: \(differing.map { "\($0)" } ?? "rows"); \
            renew it with PENUMBRA_RECORD=1 swift test --filter AttackDocumentTests
            """)
    }

    @Test("It names every array that penumbra score reads, and no attack that it does not play")
    func arrays() throws {
        let help = try Program.run(["help", "score"]).output
        let section = try parts().after
        let named = Set(section.matches(of: /`([a-z_]+)`/).map { String($0.1) })
        let arrays = help.prefix(upTo: try #require(help.firstRange(of: "Attacks:")).lowerBound)
        for match in arrays.matches(of: /([a-z_]+)\s+\[/) {
            #expect(named.contains(String(match.1)), "\(match.1)")
        }
        let list = try #require(help.firstMatch(of: /Attacks: ([^.]*)\./)?.1)
        let played = list.split { ", \n".contains($0) }.map(String.init)
        let known = try Program.run(["attacks", "--markdown"]).output.matches(of: /\| `([a-z0-9-]+)` \|/)
        #expect(played.count > 20)
        for id in known.map({ String($0.1) }) where !played.contains(id) {
            #expect(!section.contains("`\(id)`"), "\(id) cannot be played by penumbra score")
        }
    }
}
