import Attacks
import Autograd
import Models
import Tensors
import ThreatModel

extension ContractCase {
    /// Attacks that solve for weights: one line each.
    static let exactExtraction: [ContractCase] = [
        ContractCase(LogitSVD(contexts: contexts), Arena.transformer, queries: 30, numbers),
        ContractCase(BiasedLogitSVD(contexts: contexts, top: 4), Arena.transformer, queries: 30 * 4, numbers),
        ContractCase(
            LabelLogitSVD(contexts: contexts, tokens: 3, bisections: 6), Arena.transformer, queries: 30 * 3 * 7,
            numbers),
        // Its answers are no softmax regression's, so nothing is compared with them.
        ContractCase(EquationSolving(checks: 0), Arena.classifier, queries: 65) { surrogates in
            surrogates.flatMap { $0.model.parameters["body.0.weight"].values.map(Double.init) }
        },
        ContractCase(
            FunctionallyEquivalent(), Arena.classifier, queries: functionallyEquivalentQueries
        ) { $0.hidden.elements + $0.output.elements + $0.outputBias },
    ]

    private static let contexts = RandomContexts(count: 30, length: 3)

    @Sendable private static func numbers(of layer: LastLayer) -> [Double] {
        layer.singularValues + layer.head.elements
    }

    /// How many queries the search for kinks takes depends on the victim; the contract's own draws are those of seed 77.
    private static let functionallyEquivalentQueries: Int = {
        let meter = QueryMeter()
        do {
            let arena = try Arena.classifier()
            _ = try FunctionallyEquivalent().run(
                against: ClassLogits64(to: Victim(arena.victim), meter: meter), knowing: arena.knowledge(nil),
                random: RandomStream(seed: 77))
        } catch {
            return 0
        }
        return meter.queries
    }()
}
