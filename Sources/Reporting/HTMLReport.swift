public import Auditing
public import Foundation
import Mustache

/// Findings and exhibits as one self-contained page of HTML, which needs no network and prints.
public struct HTMLReport {
    /// The numbers.
    public var findings: Findings
    /// What stands beside the numbers.
    public var exhibits: [Exhibit]
    /// Seconds per stage; not part of the findings, since they differ from run to run.
    public var timings: [String: Double]?

    /// Creates a report.
    public init(findings: Findings, exhibits: [Exhibit] = [], timings: [String: Double]? = nil) {
        self.findings = findings
        self.exhibits = exhibits
        self.timings = timings
    }

    /// Returns the page; `figures` hold the drawings of the exhibits with curves, `encodePNG` writes the pictures.
    public func render(figures: [Figure] = [], encodePNG: PNGEncoder) throws -> String {
        let groups = try VictimGroup.all(findings, exhibits).map { group in
            try GroupPage(findings: findings, exhibits: exhibits, figures: figures).page(group, encodePNG)
        }
        return try HTMLText.template(ReportTemplate.text).render(page(groups))
    }

    private func page(_ groups: [ReportPage.Group]) -> ReportPage {
        let verdict = Verdict(findings.relations)
        return ReportPage(
            style: ReportStyle.text, title: findings.name,
            subtitle: "Seed \(findings.seed) · spec \(findings.spec.prefix(12)) · "
                + "the same spec, seed and build give the same numbers.",
            tone: verdict.tone.rawValue, verdict: verdict.sentence, summary: Summary.sentences(findings),
            datasets: findings.datasets.map(Self.row),
            frontier: EpsilonFigure(findings).map { .init(drawing: $0.svg, explanation: EpsilonFigure.caption) },
            groups: groups, relations: findings.relations.map(Self.row),
            assumptions: findings.assumptions, glossary: Glossary.terms, environment: environment, timings: duration,
            membershipLegend: Phrases.legend(for: findings, isAbbreviated: false).joined(separator: " "))
    }

    private var environment: [ReportPage.Pair] {
        let pairs = findings.environment.sorted { $0.key < $1.key }.map { ReportPage.Pair(key: $0.key, text: $0.value) }
        return [.init(key: "seed", text: "\(findings.seed)"), .init(key: "spec", text: findings.spec)] + pairs
    }

    private var duration: [ReportPage.Pair] {
        (timings ?? [:]).sorted { $0.key < $1.key }.map { .init(key: $0.key, text: Digits.duration($0.value)) }
    }

    private static func row(_ data: DatasetFinding) -> ReportPage.DatasetRow {
        .init(
            id: data.id, isFallback: data.isFallback, records: Digits.grouped(data.records), record: data.record,
            licence: data.licence, checksum: data.checksum)
    }

    private static func row(_ relation: RelationFinding) -> ReportPage.RelationRow {
        let tone: Verdict.Tone =
            switch relation.outcome {
            case .held: .green
            case .violated: relation.isGate ? .red : .grey
            case .unchecked, .unresolved: .grey
            }
        return .init(
            outcome: Phrases.outcome(relation), tone: tone.rawValue, kind: relation.isGate ? "gate" : "report",
            statement: relation.statement, detail: relation.detail)
    }
}
