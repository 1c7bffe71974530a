import Auditing
import Foundation
import Statistics
import Testing

@testable import Experiments

@Suite("Paragraphs as records")
struct ParagraphRunTests {
    private static let yaml = """
        name: tiny
        seed: 5
        text:
          dataset: sotu-excerpt
          record: paragraph
          tokeniser: {bpe: 300}
          window: 40
          candidates: 160
          population: 40
        victims:
          - id: flips
            model: {family: transformer, layers: 1, heads: 1, width: 8}
            training: {epochs: 1, batch: 16, rate: 0.003}
            attacks:
              - {attack: loss-threshold, signal: token-loss}
          - id: date
            like: flips
            split: date
            attacks:
              - {attack: loss-threshold, signal: token-loss}
        """

    @Test("The baseline that asks no victim has a row beside each split, and warns of the split by date alone")
    func blindBaseline() throws {
        let scratch = try Scratch()
        func findings(_ store: String, workers: Int) throws -> Findings {
            let plan = try TinyExperiment.plan(Self.yaml)
            let (artefacts, log) = try plan.run(in: scratch.file(store), workers: workers)
            #expect(log.stages("failed").isEmpty)
            return try plan.assemble(artefacts).findings
        }
        let found = try findings("one", workers: 1)
        #expect(
            found.rows.map(\.id) == [
                "flips/loss-threshold/token-loss", "flips/blind-baseline", "date/loss-threshold/token-loss",
                "date/blind-baseline", "flips-untrained/loss-threshold/token-loss",
            ])
        func blind(_ victim: String) throws -> (row: Finding, auc: Double) {
            let row = try #require(found.rows.first { $0.id == "\(victim)/blind-baseline" })
            return (row, try #require(row.membership).auc.value)
        }
        let (flips, date) = (try blind("flips"), try blind("date"))
        let warning = "members and non-members differ without any model"
        #expect(!flips.row.notes.contains { $0.contains(warning) } && flips.row.queries == 0)
        #expect(date.row.notes.first?.hasPrefix(warning) == true && date.row.trainings == 0)
        #expect(date.auc > 0.65 && abs(flips.auc - 0.5) < 0.15, "\(date.auc), \(flips.auc)")
        #expect(date.row.membership?.members == 80)
        #expect(found.datasets.map(\.record) == ["the first 40 tokens of a paragraph"])
        #expect(try findings("two", workers: 2) == found)
    }

    @Test("Paragraphs have other keys than windows of the same length")
    func keys() throws {
        let windows = Self.yaml.split(separator: "\n").filter { !$0.contains("split: date") }.joined(separator: "\n")
        let paragraphs = try TinyExperiment.keys(windows)
        let other = try TinyExperiment.keys(windows, setting: ["text.record=window"])
        #expect(paragraphs.count == other.count && paragraphs.allSatisfy { other[$0.key] != $0.value })
    }
}
