import Accounting
import Auditing
import Foundation
import Testing

@testable import Experiments

@Suite("Audits in a run")
struct EpsilonGateRunTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("A victim that promises an epsilon is audited and gated, others are not; a broken promise turns the run red")
    func audited() throws {
        let plan = try TinyExperiment.plan(TinyExperiment.head + TinyExperiment.vae + TinyExperiment.vaePrivate)
        let (artefacts, _) = try plan.run(in: scratch.file("store"), workers: 2)
        var findings = try plan.assemble(artefacts).findings
        let audits = findings.rows.filter { $0.audits != nil }
        #expect(audits.map(\.id) == ["vae-private/loss-threshold/negative-elbo"])
        #expect(audits[0].audits?.map(\.method) == [.clopperPearson, .gaussian, .oneRun, .gaussianOneRun])
        #expect(audits[0].audits?.allSatisfy { $0.delta == 0.001 } == true)
        let gates = findings.relations.filter { $0.statement.hasPrefix("vae-private: no lower bound") }
        #expect(gates.count == 1 && gates[0].isGate && gates[0].outcome == .held, "\(gates)")
        let index = try #require(findings.rows.firstIndex { $0.audits != nil })
        findings.rows[index].audits?[2].epsilon = 9
        #expect(EpsilonGate.relations(findings).map(\.outcome) == [.violated])
    }

    @Test("A biased coin leaves out the bounds that need a fair one")
    func coins() throws {
        let yaml = TinyExperiment.head + TinyExperiment.vae + TinyExperiment.vaePrivate
        let plan = try TinyExperiment.plan(yaml, setting: ["victims.1.memberRate=0.4"])
        let (artefacts, _) = try plan.run(in: scratch.file("store"), workers: 2)
        let row = try #require(try plan.assemble(artefacts).findings.rows.first { $0.audits != nil })
        #expect(row.audits?.map(\.method) == [.clopperPearson, .gaussian])
    }
}
