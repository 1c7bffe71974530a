import Auditing
import Statistics
import ThreatModel

extension TheftGrade {
    /// The rows as measures, each beside what a model reaches that learned from as many public records and never asked
    /// the victim; then what the other models reach.
    var findings: [Measure] {
        let clones = rows.flatMap { row in
            row.measures.map { measure -> Measure in
                var measure = measure
                let independent = independent(besides: row)?.measures.first { $0.name == measure.name }
                (measure.control, measure.controlName) = (
                    independent?.value, independent.map { _ in "without the victim" }
                )
                measure.name += " at \(row.queries) queries"
                return measure
            } + row.costs(currency)
        }
        let others = controls.map { ($0.words, $0.measures) } + [("of the victim itself", victim)]
        return clones
            + others.flatMap { words, measures in
                measures.map { measure -> Measure in
                    var measure = measure
                    measure.name += " \(words)"
                    return measure
                }
            }
    }

    /// The control with the records of a row's budget, or with all there are.
    private func independent(besides row: Row) -> Control? {
        let trained = controls.filter { $0.records != nil }.sorted { ($0.records ?? 0) < ($1.records ?? 0) }
        return trained.first { ($0.records ?? 0) >= row.queries } ?? trained.last
    }
}

extension TheftGrade.Control {
    /// Whose a measure is.
    fileprivate var words: String {
        records.map { "without the victim from \($0) records" } ?? "of an untrained student"
    }
}

extension TheftGrade.Row {
    fileprivate func costs(_ currency: String?) -> [Measure] {
        let read =
            tokens > 0 ? [Measure(name: "tokens at \(queries) queries", value: Double(tokens), unit: "tokens")] : []
        let paid = price.map { [Measure(name: "price at \(queries) queries", value: $0, unit: currency ?? "")] } ?? []
        return read + paid
    }
}

extension WatchReport {
    /// After how many queries each monitor raised the alarm.
    var findings: [Measure] {
        alarms.map { Measure(name: "queries to detection by \($0.monitor)", value: Double($0.query), unit: "queries") }
    }
}

extension InheritedLeakage {
    /// What victim, clone and control give away of the victim's members and secrets.
    var findings: [Measure] {
        let models = [("victim", victim), ("clone", clone), ("without the victim", control)]
        let areas = models.map { name, leak in
            Measure(
                name: "area of \(signal) on the victim's members, \(name)", value: leak.auc.value,
                interval: leak.auc.interval)
        }
        let rates = models.map { name, leak in
            let rate = leak.atOnePercent.truePositiveRate
            return Measure(
                name: "members found at 1 % false alarms, \(name)", value: rate.value, interval: rate.interval)
        }
        let exposures = models.flatMap { name, leak in
            (leak.exposures ?? []).map { exposure in
                Measure(
                    name: "exposure at \(exposure.insertions) insertions, \(name)", value: exposure.bits.value,
                    unit: "bits", interval: exposure.bits.interval)
            }
        }
        return areas
            + [Measure(name: "area that came with the clone", value: excess.value, interval: excess.interval)]
            + rates + exposures
    }
}
