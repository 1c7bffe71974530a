import Auditing
import Foundation
import Models
import Tensors
import Testing
import ThreatModel
import Training

@testable import Experiments

/// Thefts of a tiny classifier and a tiny language model on committed data, in a second or two.
enum TinyTheft {
    private static let classifier = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 420, population: 160}
        victims:
          - id: classifier
            model: {family: classifier, hidden: [8]}
            training: {epochs: 4, batch: 16, rate: 0.01}
            attacks:

        """
    private static let gpt = """
        name: tiny
        seed: 7
        text: {dataset: sotu-excerpt, window: 16, candidates: 60, population: 60}
        victims:
          - id: gpt
            model: {family: transformer, layers: 1, heads: 1, width: 8, bias: false}
            training: {epochs: 2, batch: 16, rate: 0.003}
            canaries: {pattern: "the code is ##", perLevel: 2, insertions: [0, 4], alternatives: 20}
            attacks:

        """

    /// A spec of a classifier with attacks on it.
    static func classifier(_ attacks: String...) -> String { yaml(classifier, attacks) }

    /// A spec of a language model with attacks on it.
    static func gpt(_ attacks: String...) -> String { yaml(gpt, attacks) }

    private static func yaml(_ victim: String, _ attacks: [String]) -> String {
        victim + attacks.map { "      - {\($0)}\n" }.joined()
    }

    /// Runs a spec in a store of its own.
    static func run(_ yaml: String, workers: Int = 1) throws -> RunResult {
        let scratch = try Scratch()
        let plan = try TinyExperiment.plan(yaml)
        return try plan.assemble(try plan.run(in: scratch.file("store"), workers: workers).artefacts)
    }

    /// Runs a spec with one attack and gives its row.
    static func row(_ yaml: String) throws -> Finding {
        try #require(try run(yaml).findings.rows.first { !$0.isControl })
    }

    /// The victim of a spec, trained.
    static func victim(_ yaml: String) throws -> (resolved: ResolvedVictim, model: Model) {
        let victim = try #require(try TinyExperiment.plan(yaml).victims.first)
        return (victim, try victim.recipe.train(on: victim.training, random: RandomStream(seed: 3)).model)
    }

    /// A service as a spec writes it.
    static func service(_ yaml: String) throws -> ServiceSpec {
        try decodeStrictly(ServiceSpec.self, from: yaml, name: "service")
    }
}

extension Finding {
    /// A measure by its name.
    func measure(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Measure {
        try #require(
            measures.first { $0.name == name }, "\(measures.map(\.name))", sourceLocation: sourceLocation)
    }
}
