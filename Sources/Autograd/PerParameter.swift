/// Per-example gradients one parameter at a time: what clipping layer by layer needs.
extension PerExampleGradients {
    /// The parameters, in the order of the tape.
    package var names: [String] { sets.map(\.name) }

    /// ‖gᵢ‖² of each example over some of the parameters, shape [examples].
    package func squaredNorms(of names: Set<String>) -> [Float] {
        var squares = [Float](repeating: 0, count: examples)
        for (name, set) in sets where names.contains(name) {
            for (example, square) in set.squaredNorms().enumerated() { squares[example] += square }
        }
        return squares
    }

    /// Returns Σᵢ weightsᵢ·gᵢ, where each parameter has weights of its own.
    package func weightedSum(_ weights: (_ parameter: String) -> [Float]) -> Parameters {
        var result = Parameters()
        for (name, set) in sets {
            let own = weights(name)
            precondition(own.count == examples, "\(own.count) weights for \(examples) examples")
            result[name] = set.weightedSum(own)
        }
        return result
    }
}
