import Accounting
import Auditing
import Foundation
import Models
import Testing
import Training

@testable import Experiments

@Suite("Federated averaging and DP-FTRL in specs")
struct FederatedSpecTests {
    private static let yaml = """
        name: tiny-federated
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 200, population: 20}
        victims:
          - id: users
            model: {family: classifier, hidden: [8]}
            training: {epochs: 1, batch: 5, rate: 0.1}
            federated: {users: 20, partition: classes, rate: 0.3, rounds: 10, epsilon: 20, delta: 0.01}
            attacks:
              - {attack: loss-threshold, signal: logit-confidence}
          - id: tree
            like: users
            training: {epochs: 4, batch: 12, rate: 0.1}
            privacy: {epsilon: 10, delta: 0.001, clip: 1, mechanism: ftrl}
            attacks:
              - {attack: loss-threshold, signal: logit-confidence}

        """

    @Test("A victim is trained by users, or along a tree, and told with its unit and mechanism")
    func run() throws {
        let scratch = try Scratch()
        let plan = try TinyExperiment.plan(Self.yaml)
        let (artefacts, _) = try plan.run(in: scratch.file("store"))
        let findings = try plan.assemble(artefacts).findings
        func statement(_ id: String) throws -> (VictimFinding, EpsilonStatement) {
            let victim = try #require(findings.victims.first { $0.id == id })
            return (victim, try #require(victim.epsilon))
        }
        let (users, federated) = try statement("users")
        #expect(users.steps == 10 && users.defence.hasPrefix("DP-FedAvg, 20 users"))
        #expect(federated.epsilon <= 20 && federated.epsilon > 19 && federated.delta == 0.01)
        #expect(federated.assumptions["neighbouring relation"] == "add or remove one user with all their records")
        #expect(try #require(federated.assumptions["privacy unit"]).hasPrefix("user ("))
        #expect(federated.assumptions["steps"] == "10 rounds" && federated.assumptions["sampling rate"] == "0.300000")

        let (tree, ftrl) = try statement("tree")
        #expect(tree.defence.hasPrefix("DP-FTRL"))
        #expect(ftrl.epsilon <= 10 && ftrl.epsilon > 9.9)
        #expect(try #require(ftrl.assumptions["sampler"]).hasPrefix("none"))
        let resolved = try #require(plan.victims.first { $0.spec.id == "tree" })
        let count = resolved.training.count
        #expect(try ftrl.epsilon == exactEpsilon(of: resolved.recipe.treeEvent(count), delta: 1e-3))
        #expect(resolved.recipe.optimiser == .sgd(rate: 0.1))
        let controls = findings.victims.filter { $0.id.hasSuffix("-untrained") }
        #expect(controls.map(\.id) == ["users-untrained"] && controls.allSatisfy { $0.epsilon == nil })
    }

    @Test("DP-SGD named is DP-SGD unnamed but for its key")
    func named() throws {
        let named = Self.yaml.replacing("mechanism: ftrl", with: "mechanism: sgd")
        let resolved = try #require(try TinyExperiment.plan(named).victims.first { $0.spec.id == "tree" })
        let unnamed = Self.yaml.replacing(", mechanism: ftrl", with: "")
        let other = try #require(try TinyExperiment.plan(unnamed).victims.first { $0.spec.id == "tree" })
        #expect(resolved.recipe == other.recipe && !resolved.recipe.isTreeAggregated)
    }

    @Test(
        "A spec that cannot be is refused in one line that says what to do",
        arguments: [
            ("victims.0.federated.users=80", "federated.users: expected at most"),
            ("victims.0.federated.partition=clases", "did you mean 'classes'?"),
            ("victims.0.privacy={epsilon: 1, delta: 0.001}", "remove privacy and canaries"),
            ("victims.1.privacy.mechanism=tree", "expected one of sgd, ftrl, found 'tree'"),
            ("victims.1.privacy.epsilon=0.001", "expected a number from 0.01 to 1000"),
        ])
    func refusals(change: String, expected: String) throws {
        let error = #expect(throws: SpecError.self) { try TinyExperiment.plan(Self.yaml, setting: [change]) }
        let line = error?.description ?? ""
        #expect(line.contains(expected) && !line.contains("\n"), "\(line)")
    }
}
