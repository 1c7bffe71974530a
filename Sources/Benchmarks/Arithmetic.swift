/// How many floating-point operations, and how much memory, a model cannot do without.
///
/// A product of [m, k] and [k, n] is 2·m·k·n operations; what is not a product is not counted.
package struct Arithmetic: Sendable, Equatable {
    /// The number of parameters.
    package var parameters: Double
    /// Operations of the forward pass, per item.
    package var forward: Double
    /// Operations of a full backward pass that no parameter needs, such as the gradient with respect to the input.
    package var unneeded: Double
    /// Floats per item that the backward pass reads.
    package var activations: Double

    /// Forward, and twice as many backward but for what no parameter needs.
    package var training: Double { 3 * forward - unneeded }

    /// Bytes of parameters, `moments` numbers per parameter, and the activations of a batch.
    package func bytes(batch: Double, moments: Double) -> Double {
        4 * (parameters * (1 + moments) + batch * activations)
    }

    /// A perceptron: 2·W per record with W = Σ inᵢ·outᵢ, and all widths as activations.
    package static func perceptron(_ widths: [Int]) -> Arithmetic {
        let layers = zip(widths, widths.dropFirst()).map { Double($0 * $1) }
        let biases = Double(widths.dropFirst().reduce(0, +))
        return Arithmetic(
            parameters: layers.reduce(0, +) + biases, forward: 2 * layers.reduce(0, +),
            unneeded: 2 * (layers.first ?? 0), activations: Double(widths.reduce(0, +)))
    }

    /// Layers that multiply a vector at each of so many positions by a matrix: convolutions over their patches.
    package static func products(_ layers: [(positions: Int, inputs: Int, outputs: Int)]) -> Arithmetic {
        let work = layers.map { Double(2 * $0.positions * $0.inputs * $0.outputs) }
        return Arithmetic(
            parameters: Double(layers.reduce(0) { $0 + $1.inputs * $1.outputs }), forward: work.reduce(0, +),
            unneeded: work.first ?? 0, activations: Double(layers.reduce(0) { $0 + $1.positions * $1.outputs }))
    }

    /// The work of this model and of another that reads its output.
    package func followed(by next: Arithmetic) -> Arithmetic {
        Arithmetic(
            parameters: parameters + next.parameters, forward: forward + next.forward, unneeded: unneeded,
            activations: activations + next.activations)
    }

    /// A step of an adversarial network per real record: the generator forward, the discriminator on the record, on the
    /// fake, and on the fake again; in the generator's turn the discriminator's weights need no gradient.
    package static func adversarial(generator: Arithmetic, discriminator: Arithmetic) -> Arithmetic {
        Arithmetic(
            parameters: generator.parameters + discriminator.parameters,
            forward: generator.forward + 3 * discriminator.forward,
            unneeded: generator.unneeded + 2 * discriminator.unneeded + discriminator.forward,
            activations: generator.activations + 2 * discriminator.activations)
    }

    /// A transformer without biases: 2·N + 4·L·d·T per token, N without positions; causality is not discounted.
    ///
    /// With a head of its own its norms have biases.
    /// Activations of a block: 16·d floats a token (both norms, queries, keys and values, what attention gives, both
    /// sides of the expansion, both sums), and one attention row of T for each head.
    /// - Source: Kaplan et al. 2020 for 2·N and 6·N.
    package static func transformer(layers: Int, heads: Int, width: Int, context: Int, vocabulary: Int, isTied: Bool)
        -> Arithmetic
    {
        let (l, d, t, v) = (Double(layers), Double(width), Double(context), Double(vocabulary))
        let norms = (2 * l + 1) * d * (isTied ? 1 : 2)
        return Arithmetic(
            parameters: l * 12 * d * d + norms + t * d + v * d * (isTied ? 1 : 2),
            forward: 2 * (l * 12 * d * d + v * d) + 4 * l * d * t, unneeded: 0,
            activations: l * (16 * d + Double(heads) * t) + 2 * d + 2 * v)
    }
}
