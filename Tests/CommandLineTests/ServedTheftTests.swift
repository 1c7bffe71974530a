import Foundation
import Testing

@Suite("Thefts over HTTP without a gateway")
struct ServedTheftTests {
    private static let yaml = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 60, population: 20}
        victims:
          - id: classifier
            model: {family: classifier, hidden: [4]}
            training: {epochs: 1, batch: 16, rate: 0.01}
            attacks: [{attack: knock-off, budgets: [10], service: {over: http}}]

        """

    @Test("A run ends with 2 and one line that names what builds the gateway, before anything is computed")
    func missing() throws {
        let scratch = try Scratch()
        let spec = try TinySpec.write(Self.yaml, to: scratch)
        let runs = scratch.file("runs")
        let outcome = try Program.run(
            ["run", spec, "--runs", runs.path], through: ["/usr/bin/env", "PENUMBRA_GATEWAY=/nowhere/gateway"])
        try BadInputTests.expectBadInput(
            outcome,
            says: "victims: knock-off on 'classifier' asks over HTTP: expected the gateway's program, found none at "
                + "/nowhere/gateway; build it with: make gateway")
        #expect(!FileManager.default.fileExists(atPath: runs.appending(path: ".store/victim").path))
    }

    @Test("A spec with it is laid out and checked all the same")
    func plan() throws {
        let scratch = try Scratch()
        let spec = try TinySpec.write(Self.yaml, to: scratch)
        for command in ["plan", "validate"] {
            let outcome = try Program.run(
                [command, spec], through: ["/usr/bin/env", "PENUMBRA_GATEWAY=/nowhere/gateway"])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }
}
