import Auditing
import Datasets
import Foundation
import Models
import Statistics
import Tensors
import ThreatModel

/// What a shadow pool tells by itself: which records are memorised, and whether the signals are normal, as LiRA assumes.
struct PoolStage: Sendable {
    /// The row beneath its victim's.
    static let id = "shadow-pool"

    let victim: ResolvedVictim
    let shadowStages: [String]
    /// The signal that performance is read from: the family's usual one.
    let signal: Signal

    func run(_ context: StageContext) throws {
        let pool = try ShadowPool(shadowStages, signal: signal, context)
        let view = try pool.view(Array(victim.membership.indices))
        guard let view else { throw SpecError("\(Self.id): no signals") }
        // A classifier's performance is its probability of the label, of everything else the signal itself.
        let performance = view.signals.map {
            signal.scaled($0, .logLikelihood).map { signal.isProbability ? exp($0) : $0 }
        }
        let scores = try MemorisationScore.scores(performance: performance, membership: view.membership)
        let normality = try OutNormality(signals: view.signals, membership: view.membership)
        let ranking = MemorisationScore.ranking(scores)
        try context.write(
            "outcome.json",
            AttackOutcome(
                game: .memorisation, signal: signal.rawValue, membership: nil,
                measures: measures(scores, normality), queries: 0, trainings: pool.count,
                notes: notes(normality), roc: nil, exhibits: try exhibits(ranking)))
    }

    private func measures(_ scores: [MemorisationScore], _ normality: OutNormality) -> [Measure] {
        let values = scores.map(\.value)
        guard !values.isEmpty else { return [] }
        var measures = [
            Measure(
                name: "mean memorisation", value: values.reduce(0, +) / Double(values.count),
                unit: signal.isProbability ? "probability of the label" : "nats")
        ]
        if signal.isProbability {
            let strong = values.count { $0 >= 0.25 }
            measures.append(
                Measure(
                    name: "share memorised by 0.25 or more", value: Double(strong) / Double(values.count),
                    interval: .clopperPearson(successes: strong, trials: values.count, confidence: 0.95)))
        }
        if let normal = normality.normal {
            measures.append(
                Measure(
                    name: "records with normal OUT signals", value: normal.value, unit: "by Shapiro–Wilk at 5 %",
                    interval: normal.interval, control: 1 - normality.level, controlName: "if all were normal"))
        }
        return measures
    }

    private func notes(_ normality: OutNormality) -> [String] {
        let fewest = OutNormality.fewestModels
        return normality.normal == nil
            ? ["normality is tested from \(fewest) OUT models on; no record has as many"]
            : ["\(normality.skipped) records with fewer than \(fewest) OUT models were not tested for normality"]
    }

    private func exhibits(_ ranking: [MemorisationScore]) throws -> [Exhibit] {
        let title = "Most memorised records"
        let caption = "Those on which models that trained on them do better by the most than models that did not."
        let candidates = victim.split.candidates
        if let size = victim.split.imageSize {
            let rows = [("most memorised", ranking.prefix(20)), ("least memorised", ranking.suffix(20))]
            let grid = rows.flatMap { label, part in
                stride(from: 0, to: part.count, by: 10).map { start in
                    (label, candidates.gather(part.dropFirst(start).prefix(10).map(\.record)).requiredFeatures)
                }
            }
            return [
                Exhibit(
                    victim: victim.spec.id, title: title, caption: caption,
                    content: .images(ImageGrid(grid, width: size.width, height: size.height)))
            ]
        }
        let lines = try ranking.prefix(5).map { score in
            let text = try describe(candidates, score.record)
            return "\(formatted(score.value)) [\(score.insideModels) IN, \(score.outsideModels) OUT]: \(text)"
        }
        return [
            Exhibit(
                victim: victim.spec.id, title: title, caption: caption,
                content: .text(lines.joined(separator: "\n\n")))
        ]
    }

    private func describe(_ candidates: Records, _ record: Int) throws -> String {
        if let encoding = victim.split.table, let features = candidates.features {
            return encoding.describe(features.row(record))
        }
        let window = candidates.tokens[record * candidates.window..<(record + 1) * candidates.window]
        return try victim.split.tokeniser?.decode(window) ?? ""
    }

    private func formatted(_ value: Double) -> String { String(format: "%.3f", value) }
}
