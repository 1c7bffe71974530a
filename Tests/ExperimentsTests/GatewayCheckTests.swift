import Foundation
import Store
import Testing

@testable import Experiments

@Suite("Stages that need a program")
struct GatewayCheckTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A plan whose attack's check is another.
    private func plan(_ check: @escaping @Sendable () throws -> Void) throws -> Plan {
        let plan = try TinyExperiment.plan(TinyTheft.classifier("attack: knock-off, budgets: [10]"))
        let stages = plan.stages.map { stage -> Stage in
            var stage = stage
            if stage.kind == .attack { stage.check = check }
            return stage
        }
        return Plan(plan, stages: stages)
    }

    @Test("What is missing is told before anything is computed, and not asked for when the stage is in the store")
    func check() throws {
        let store = scratch.file("store")
        let broken = try plan { throw SpecError("no gateway") }
        #expect(throws: SpecError("no gateway")) { try broken.run(in: store) }
        #expect(!FileManager.default.fileExists(atPath: store.appending(path: "victim").path))
        let whole = try plan {}
        let (artefacts, _) = try whole.run(in: store)
        let (again, log) = try broken.run(in: store)
        #expect(again == artefacts && log.stages("finished").isEmpty)
    }

    @Test("Only an attack over HTTP asks for the gateway")
    func process() throws {
        let yaml = TinyTheft.classifier(
            "attack: knock-off, budgets: [10]",
            "attack: copycat, pool: population, budgets: [10], service: {over: process}",
            "attack: correctness")
        for stage in try TinyExperiment.plan(yaml).stages { try stage.check() }
    }
}
