import Attacks
import Auditing
import Foundation
import Models
import Statistics
import Tensors
import ThreatModel
import Training

extension Arena {
    /// The most texts of a comparison: each is worth many tokens.
    private static let mostTexts = 500
    /// The draws that are compared of each generator.
    private static let samples = 2000

    /// Steals the victim through the interface that the spec describes, and has the game compare every clone.
    func theft(_ type: any TheftAttack.Type) throws -> AttackOutcome { try stolen(type) }

    private func stolen<Theft: TheftAttack>(_ type: Theft.Type) throws -> AttackOutcome {
        var settings = attack.settings
        let thief = try Theft(&settings, student: stage.surrogate)
        let spec = attack.service ?? ServiceSpec()
        let (surrogates, report) = try ServedVictim(victim, model, spec).play { victim in
            try thief.run(
                against: Theft.VictimAccess(to: victim, meter: meter), knowing: try knowledge(), random: random)
        }
        guard let operation = Theft.VictimAccess.served else {
            preconditionFailure("\(Theft.card.id) steals through no interface")
        }
        let independent = try independentModel(surrogates.map(\.budget).max() ?? 0)
        let game = TheftGame(victim: model, heldOut: heldOut(operation), kind: try kind(operation))
        let grade = try game.grade(
            surrogates,
            controls: [
                .untrained(Model(untrained: stage.surrogate.architecture, random["untrained"])),
                .independent(independent),
            ], tariff: spec.tariff)
        var measures = grade.findings + (report?.findings ?? [])
        if !spec.defences.isEmpty || !spec.monitors.isEmpty, operation == .classify {
            measures += try BenignTraffic(victim: victim, model: model, spec: spec).measures()
        }
        let largest = surrogates.max { $0.budget < $1.budget }
        if attack.inherits == true, let largest {
            measures += try inherited(from: largest.model, control: independent)
        }
        return outcome(
            .extraction, measures: measures, notes: notes(spec, grade, report),
            exhibits: try [curve(grade)].compactMap(\.self) + pictures(of: largest?.model, operation))
    }

    /// The victim's architecture, trained on the adversary's public records without the victim: what a clone must beat.
    private func independentModel(_ budget: Int) throws -> Model {
        var recipe = (attack.training ?? victim.spec.training).recipe(model.architecture)
        recipe.privacy = nil
        let pool = victim.split.population
        let records = pool.slice(0..<min(pool.count, max(budget, 2)))
        return try trainer().train("independent", recipe, on: records)
    }

    private func heldOut(_ operation: ThreatModel.Operation) -> Records {
        let held = candidates.gather(secret.indices.filter { !secret[$0] })
        return operation == .complete ? held.slice(0..<min(held.count, Self.mostTexts)) : held
    }

    private func kind(_ operation: ThreatModel.Operation) throws -> TheftGame.Kind {
        switch operation {
        case .classify: return .classes
        case .complete, .logits: return .languageModel
        case .encode: return .encoder(probe: victim.split.population.labels == nil ? nil : victim.split.population)
        case .sample, .decode, .discriminate:
            guard let evaluator = stage.evaluatorStage, let judge = SampleJudge(try context.model(from: evaluator))
            else {
                throw SpecError("evaluator: required by \(attack.attack)")
            }
            return .generator(judge: judge, samples: Self.samples, random: random["judged"])
        }
    }

    private func inherited(from clone: Model, control: Model) throws -> [Measure] {
        let planted = victim.canaries.map {
            InheritedLeakage.Canaries(planted: $0.canaries, alternatives: $0.alternatives, insertions: $0.insertions)
        }
        let leakage = try MembershipGame(secret: secret).inheritedLeakage(
            victim: model, clone: clone, control: control, candidates: candidates, canaries: planted)
        return leakage.findings
    }

    private func notes(_ spec: ServiceSpec, _ grade: TheftGrade, _ report: WatchReport?) -> [String] {
        var notes = ["\(spec.words); compared on \(grade.heldOut) records that neither saw"]
        if let space = grade.space { notes.append("distances in \(space)") }
        let silent = spec.monitors.map(\.description).filter { name in
            report?.alarms.contains { $0.monitor == name } != true
        }
        if !silent.isEmpty {
            notes.append("no alarm of \(silent.joined(separator: ", ")) in \(report?.queries ?? 0) queries")
        }
        return notes
    }

    /// The first measure against queries, with what the controls reach.
    private func curve(_ grade: TheftGrade) -> Exhibit? {
        guard let name = grade.rows.first?.measures.first?.name, grade.rows.count > 1 else { return nil }
        let points = grade.curve(name)
        let x = points.map { Double($0.queries) }
        let flat = grade.controls.compactMap { control in
            control.measures.first { $0.name == name }.map { value in
                Curves.Line(name: control.name, x: x, y: x.map { _ in value.value })
            }
        }
        return Exhibit(
            victim: victim.spec.id, title: "\(attack.id): \(name) against queries",
            caption: "Clones trained on the first answers of one transfer set, and models that asked nothing.",
            content: .curves(
                Curves(
                    xLabel: "queries", yLabel: name, logX: true,
                    lines: [Curves.Line(name: attack.id, x: x, y: points.map(\.value))] + flat)))
    }

    private func pictures(of clone: Model?, _ operation: ThreatModel.Operation) throws -> [Exhibit] {
        guard operation == .sample, let clone else { return [] }
        let images = try clone.samples(20, random["shown"])
        let rows = (0..<2).map { ("clone", images.rows($0 * 10..<($0 + 1) * 10)) }
        return [pictures("Samples of the clone of \(attack.id)", "It saw only the victim's samples.", rows)]
    }
}

extension TheftGrade {
    /// The rows as measures, each beside what a model reaches that never asked the victim; then the other models' own.
    fileprivate var findings: [Measure] {
        let independent = controls.first { $0.name == "independent" }
        let clones = rows.flatMap { row in
            row.measures.map { measure -> Measure in
                var measure = measure
                measure.control = independent?.measures.first { $0.name == measure.name }?.value
                measure.controlName = independent.map { _ in "without the victim" }
                measure.name += " at \(row.queries) queries"
                return measure
            } + row.costs(currency)
        }
        let others = (controls + [Control(name: "the victim itself", measures: victim)]).flatMap { model in
            model.measures.map { measure -> Measure in
                var measure = measure
                measure.name += " of \(model.name == "untrained" ? "an untrained student" : model.name)"
                return measure
            }
        }
        return clones + others.filter { !$0.name.hasSuffix("of independent") }
    }
}

extension WatchReport {
    /// After how many queries each monitor raised the alarm.
    var findings: [Measure] {
        alarms.map { Measure(name: "queries to detection by \($0.monitor)", value: Double($0.query), unit: "queries") }
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

extension InheritedLeakage {
    fileprivate var findings: [Measure] {
        func area(_ name: String, _ leak: Leak) -> Measure {
            Measure(
                name: "area of \(signal) on the victim's members, \(name)", value: leak.auc.value,
                interval: leak.auc.interval)
        }
        var measures = [
            area("victim", victim), area("clone", clone), area("without the victim", control),
            Measure(name: "area that came with the clone", value: excess.value, interval: excess.interval),
        ]
        for (name, leak) in [("victim", victim), ("clone", clone), ("without the victim", control)] {
            for exposure in leak.exposures ?? [] {
                measures.append(
                    Measure(
                        name: "exposure at \(exposure.insertions) insertions, \(name)", value: exposure.bits.value,
                        unit: "bits", interval: exposure.bits.interval))
            }
        }
        return measures
    }
}
