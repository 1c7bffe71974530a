import Auditing
import Models
import Statistics
import Tensors
import ThreatModel

/// What defences and monitors cost those who steal nothing: a classifier's users, who ask about records like the victim's.
struct BenignTraffic {
    let victim: ResolvedVictim
    let model: Model
    let spec: ServiceSpec
    /// The queries of the thief, which benign accounts reach if there are records for it.
    let queries: Int

    /// The accounts that monitors watch.
    private static let accounts = 10

    /// Records that the victim was not trained on.
    private var asked: Records {
        victim.split.candidates.gather(victim.membership.indices.filter { !victim.membership[$0] })
    }

    /// How often the answered class is right, how far the answered probabilities are from the model's own, and how many
    /// accounts raise an alarm.
    func measures() throws -> [Measure] {
        let materials = ServiceMaterials(victim)
        let plain = try answers(of: LocalService(model))
        let defended = try answers(of: DefendedService(LocalService(model), spec.defences, materials.forDefences))
        let labels = asked.labels ?? []
        func accuracy(_ answers: ClassAnswers) -> Double {
            Double(zip(answers.labels, labels).count { $0 == $1 }) / Double(max(labels.count, 1))
        }
        var measures = [
            Measure(
                name: "accuracy of benign answers", value: accuracy(defended), control: accuracy(plain),
                controlName: "undefended")
        ]
        if let own = plain.probabilities {
            let told = defended.probabilities ?? .oneHot(defended.labels, classes: own.columns)
            measures.append(
                Measure(
                    name: "distance of benign answers", value: meanDistance(own, told),
                    unit: "mean total variation of the probabilities"))
        }
        return measures + (try falseAlarms(materials))
    }

    private func answers(of service: any ModelService) throws -> ClassAnswers {
        guard case .classes(let answers) = try service.answer(.classify(asked.requiredFeatures)) else {
            preconditionFailure("a classifier that answers with no classes")
        }
        return answers
    }

    private func meanDistance(_ a: Tensor, _ b: Tensor) -> Double {
        let total = (0..<a.rows).reduce(0.0) { sum, row in
            sum + zip(a.row(row), b.row(row)).reduce(0.0) { $0 + Double(abs($1.0 - $1.1)) } / 2
        }
        return total / Double(max(a.rows, 1))
    }

    /// The share of benign accounts over which each monitor raises an alarm.
    ///
    /// A thief is watched over all its queries, so that a benign account must be long for the two to be compared: the
    /// records are dealt out to ten accounts. Nothing is said of monitors that speak later than that.
    private func falseAlarms(_ materials: ServiceMaterials) throws -> [Measure] {
        guard !spec.monitors.isEmpty else { return [] }
        let watches = try AccountWatches(spec.monitors, materials.forMonitors)
        let (records, accounts) = (asked, Self.accounts)
        let length = min(queries, records.count / accounts)
        guard length > 0 else { return [] }
        for account in 0..<accounts {
            let service = MonitoredService(LocalService(model), watches["\(account)"])
            let part = records.slice(account * length..<(account + 1) * length)
            _ = try service.answer(.classify(part.requiredFeatures))
        }
        let least = watches.leastQueries
        return spec.monitors.filter { length >= least[$0.description] ?? 1 }.map { monitor in
            let alarmed = watches.reports.values.count { $0.queriesToDetection(by: monitor.description) != nil }
            return Measure(
                name: "false alarms of \(monitor.description)", value: Double(alarmed) / Double(accounts),
                unit: "of \(accounts) benign accounts of \(length) queries",
                interval: .clopperPearson(successes: alarmed, trials: accounts, confidence: 0.95))
        }
    }
}
