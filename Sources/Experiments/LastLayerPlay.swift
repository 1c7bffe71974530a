import Attacks
import Auditing
import Foundation
import Models
import Tensors
import ThreatModel

extension Arena {
    /// Reads the victim's last layer through the interface that the spec describes, and has the game compare it.
    func lastLayer(_ type: any LastLayerAttack.Type) throws -> AttackOutcome { try read(type) }

    private func read<Reader: LastLayerAttack>(_ type: Reader.Type) throws -> AttackOutcome {
        var settings = attack.settings
        let reader = try Reader(&settings)
        let spec = attack.service ?? ServiceSpec()
        let (evidence, report) = try ServedVictim(victim, model, spec).play { victim in
            try reader.run(
                against: Reader.VictimAccess(to: victim, meter: meter), knowing: try knowledge(), random: random)
        }
        let grade = try LastLayerGame(victim: model).grade(evidence)
        var measures = grade.measures + Self.costs(meter, contexts: evidence.contexts, spec)
        measures += report?.findings ?? []
        return outcome(
            .extraction, measures: measures,
            notes: ["\(spec.words); \(evidence.contexts) contexts, \(evidence.tokens.count) tokens"],
            exhibits: [spectrum(evidence, grade)])
    }

    private static func costs(_ meter: QueryMeter, contexts: Int, _ spec: ServiceSpec) -> [Measure] {
        let cost = QueryCost(queries: meter.queries, tokens: meter.tokens)
        let price = spec.tariff.map { Measure(name: "price", value: $0.price(of: cost), unit: $0.currency) }
        return [
            Measure(name: "queries per context", value: Double(cost.queries) / Double(max(contexts, 1))),
            Measure(name: "tokens", value: Double(cost.tokens), unit: "tokens"),
        ] + [price].compactMap(\.self)
    }

    private func spectrum(_ evidence: LastLayer, _ grade: LastLayerGrade) -> Exhibit {
        let values = evidence.singularValues
        return Exhibit(
            victim: victim.spec.id, title: "\(attack.id): singular values of the logits",
            caption: "\(grade.predictedRank) of them should stand above the noise.",
            content: .curves(
                Curves(
                    xLabel: "index", yLabel: "log10 of the singular value",
                    lines: [
                        Curves.Line(
                            name: attack.id, x: values.indices.map { Double($0 + 1) },
                            y: values.map { value in log10(max(value, 1e-12)) })
                    ])))
    }

    /// Rebuilds a network of one hidden layer from exact logits, and compares the two in double precision.
    func exactNetwork() throws -> AttackOutcome {
        var settings = attack.settings
        let rebuilt = try FunctionallyEquivalent(&settings).run(
            against: ClassLogits64(to: Victim(model), meter: meter), knowing: try knowledge(), random: random)
        return outcome(
            .extraction, measures: try EquivalenceGame(victim: model, random: random["equivalence"]).grade(rebuilt),
            notes: ["logits in double precision, which no interface gives; compared on standard normal records"])
    }
}
