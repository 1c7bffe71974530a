import Attacks
import Models
import Training

extension ContractCase {
    /// Thefts of generators, encoders and language models: one line each.
    static let theftCases = [
        ContractCase(
            GeneratorTheft(
                budgets: [60, 20], student: secondGenerator, keep: 0.5,
                discriminator: AttackNetwork(hidden: [4], epochs: 2)), Arena.variationalAutoencoder, queries: 60,
            numbers(of:)),
        ContractCase(
            GuidedGeneratorTheft(budgets: [60, 20], student: secondGenerator, mix: 0.2), Arena.gan, queries: 60,
            numbers(of:)),
        ContractCase(
            EncoderTheft(budgets: [40, 10], student: Arena.student), Arena.autoencoder, queries: 40, numbers(of:)),
        ContractCase(
            SequenceTheft(budgets: [40, 10], student: hardlyTrained, prefix: 5), Arena.transformer, queries: 40,
            numbers(of:)),
        ContractCase(
            TokenTheft(budgets: [40, 10], student: hardlyTrained), Arena.transformer, queries: 40, numbers(of:)),
    ]

    private static let secondGenerator = Recipe(
        .variationalAutoencoder(VariationalAutoencoder(inputs: 64, hidden: [8], latents: 4)), epochs: 1, batchSize: 10,
        optimiser: .adam(rate: 1e-3))
    private static let hardlyTrained = Recipe(
        .transformer(Transformer(vocabulary: 11, context: 11, layers: 1, heads: 1, width: 4)), epochs: 1, batchSize: 10,
        optimiser: .adam(rate: 1e-3))
}
