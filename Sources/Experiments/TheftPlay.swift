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
        guard let operation = Theft.VictimAccess.served else {
            preconditionFailure("\(Theft.card.id) steals through no interface")
        }
        var settings = attack.settings
        let thief = try Theft(&settings, student: stage.surrogate)
        let arenas = (0..<(attack.repetitions ?? 1)).map(repeated)
        let plays = try arenas.map { try $0.play(thief, operation) }
        var measures = Measure.means(of: plays.map(\.measures))
        let (spec, largest) = (attack.service ?? ServiceSpec(), plays[0].largest)
        if !spec.defences.isEmpty || !spec.monitors.isEmpty, operation == .classify {
            measures += try BenignTraffic(
                victim: victim, model: model, spec: spec, queries: largest?.budget ?? 1
            ).measures()
        }
        return arenas[0].outcome(
            .extraction, measures: measures, notes: notes(spec, plays),
            exhibits: try [curve(plays.map(\.grade))].compactMap(\.self) + pictures(of: largest?.model, operation))
    }

    /// The arena of a repetition: other draws of thief, control and comparison, against the same victim.
    private func repeated(_ repetition: Int) -> Arena {
        var arena = self
        arena.meter = QueryMeter()
        arena.repetition = repetition
        if repetition > 0 { arena.random = random["repetition"][repetition] }
        return arena
    }

    private func play<Theft: TheftAttack>(_ thief: Theft, _ operation: ThreatModel.Operation) throws -> Played {
        let spec = attack.service ?? ServiceSpec()
        let (surrogates, report) = try ServedVictim(victim, model, spec).play { victim in
            try thief.run(
                against: Theft.VictimAccess(to: victim, meter: meter), knowing: try knowledge(), random: random)
        }
        let controls = try Set(surrogates.map { records($0.budget) }).sorted().map { (try independentModel($0), $0) }
        let game = TheftGame(victim: model, heldOut: heldOut(operation), kind: try kind(operation))
        let grade = try game.grade(
            surrogates,
            controls: [.untrained(Model(untrained: stage.surrogate.architecture, random["untrained"]))]
                + controls.map { .independent($0, records: $1) }, tariff: spec.tariff)
        let largest = surrogates.max { $0.budget < $1.budget }
        var inherited: InheritedLeakage?
        if attack.inherits == true, let largest, let control = controls.last {
            inherited = try self.inherited(from: largest.model, control: control.0)
        }
        return Played(grade: grade, report: report, inherited: inherited, largest: largest)
    }

    /// One repetition, compared.
    private struct Played {
        let grade: TheftGrade
        let report: WatchReport?
        let inherited: InheritedLeakage?
        /// The clone of the largest budget.
        let largest: Surrogate?

        var measures: [Measure] { grade.findings + (report?.findings ?? []) + (inherited?.findings ?? []) }
    }

    /// The public records that stand beside a budget.
    private func records(_ budget: Int) -> Int { min(publicRecords.count, max(budget, 2)) }

    /// The victim's architecture, trained on the adversary's public records without the victim: what a clone must beat.
    ///
    /// Its draws are not the attack's, so that all thefts of a victim share one.
    private func independentModel(_ count: Int) throws -> Model {
        var recipe = (attack.training ?? victim.spec.training).recipe(model.architecture)
        recipe.privacy = nil
        var control = self
        control.random = victim.random["independent"][repetition]
        return try control.trainer().train("\(count) records", recipe, on: publicRecords.slice(0..<count))
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

    private func inherited(from clone: Model, control: Model) throws -> InheritedLeakage {
        let planted = victim.canaries.map {
            InheritedLeakage.Canaries(planted: $0.canaries, alternatives: $0.alternatives, insertions: $0.insertions)
        }
        return try MembershipGame(secret: secret).inheritedLeakage(
            victim: model, clone: clone, control: control, candidates: candidates, canaries: planted)
    }

    private func notes(_ spec: ServiceSpec, _ plays: [Played]) -> [String] {
        var notes = ["\(spec.words); compared on \(plays[0].grade.heldOut) records that neither saw"]
        if plays.count > 1 {
            notes.append(
                "means of \(plays.count) repetitions with other draws; intervals include their spread, and how far the "
                    + "records of the comparison may mislead")
        }
        if let space = plays[0].grade.space { notes.append("distances in \(space)") }
        for monitor in spec.monitors.map(\.description) {
            let silent = plays.count { $0.report?.queriesToDetection(by: monitor) == nil }
            guard silent > 0 else { continue }
            let queries = plays.compactMap { $0.report?.queries }.max() ?? 0
            notes.append("no alarm of \(monitor) in \(queries) queries, \(silent) of \(plays.count) times")
        }
        let verdicts = plays.compactMap { $0.inherited?.verdict.rawValue }
        if !verdicts.isEmpty { notes.append("leakage of the largest clone: \(verdicts.joined(separator: ", "))") }
        return notes
    }

    /// The first measure against queries, with what the controls reach; means of all repetitions.
    private func curve(_ grades: [TheftGrade]) -> Exhibit? {
        guard let grade = grades.first, let name = grade.rows.first?.measures.first?.name, grade.rows.count > 1 else {
            return nil
        }
        func mean(_ values: (TheftGrade) -> [Double]) -> [Double] {
            let all = grades.map(values)
            return all[0].indices.map { index in all.reduce(0) { $0 + $1[index] } / Double(all.count) }
        }
        func controls(_ areTrained: Bool) -> (TheftGrade) -> [Double] {
            { grade in
                grade.controls.filter { ($0.records != nil) == areTrained }
                    .compactMap { control in control.measures.first { $0.name == name }?.value }
            }
        }
        let x = grade.curve(name).map { Double($0.queries) }
        let trained = grade.controls.compactMap { $0.records.map(Double.init) }
        let untrained = mean(controls(false))
        return Exhibit(
            victim: victim.spec.id, title: "\(attack.id): \(name) against queries",
            caption: "Clones trained on the first answers of one transfer set, and models that asked nothing: one that "
                + "learned from as many labelled records, and an untrained one.",
            content: .curves(
                Curves(
                    xLabel: "queries", yLabel: name, logX: true,
                    lines: [
                        Curves.Line(name: attack.id, x: x, y: mean { $0.curve(name).map(\.value) }),
                        Curves.Line(name: "without the victim", x: trained, y: mean(controls(true))),
                    ] + untrained.map { value in Curves.Line(name: "untrained", x: x, y: x.map { _ in value }) })))
    }

    private func pictures(of clone: Model?, _ operation: ThreatModel.Operation) throws -> [Exhibit] {
        guard operation == .sample, let clone else { return [] }
        let images = try clone.samples(20, random["shown"])
        let rows = (0..<2).map { ("clone", images.rows($0 * 10..<($0 + 1) * 10)) }
        return [pictures("Samples of the clone of \(attack.id)", "It saw only the victim's samples.", rows)]
    }
}
