import Foundation
import Testing
import ThreatModel

/// The folder, the contract's table and the catalogue of the specs list the same attacks.
@Suite struct AttackListsTests {
    private let sources = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources").standardizedFileURL

    private func catalogue() throws -> [Substring] {
        let text = try String(
            contentsOf: sources.appending(path: "Experiments/AttackCatalogue.swift"), encoding: .utf8)
        let start = try #require(text.range(of: "cards: [AttackCard] = ["))
        let end = try #require(text.range(of: "]", range: start.upperBound..<text.endIndex))
        return text[start.upperBound..<end.lowerBound].split { $0.isWhitespace || $0 == "," }
    }

    @Test("Each attack has a file of its name, and each file's attack is in the contract's table")
    func files() throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.appending(path: "Attacks").path)
            .filter { $0.hasSuffix(".swift") }
            .map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
        #expect(Set(files) == Set(ContractCase.all.map(\.type)))
    }

    @Test("The catalogue holds the cards of the contract's table, each once")
    func cards() throws {
        let catalogue = try catalogue()
        let cards = ContractCase.all.map { "\($0.type).\($0.card.id == "lira-offline" ? "offlineCard" : "card")" }
        #expect(Set(catalogue.map(String.init)) == Set(cards))
        #expect(catalogue.count == Set(cards).count)
    }

    @Test("No attack can see a game: neither attacks nor the threat model import the auditor")
    func imports() throws {
        for room in ["Attacks", "ThreatModel"] {
            let root = sources.appending(path: room)
            let files = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".swift") }
            #expect(!files.isEmpty)
            for file in files {
                let text = try String(contentsOf: root.appending(path: file), encoding: .utf8)
                #expect(!text.contains("import Auditing"), "\(room)/\(file)")
            }
        }
    }
}
