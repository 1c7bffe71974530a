import Autograd
import Tensors

/// Broken: the batch's mean is clipped, not the records, and gets the noise σC/B of a mean of clipped records.
struct MeanClipping: PrivateStep {
    let correct: Correct
    var claim: MechanismClaim { correct.claim }

    func batch(step: Int, random: RandomStream) -> [Int] { correct.batch(step: step, random: random) }

    func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters {
        let count = gradients.examples
        var mean = gradients.finite().weightedSum([Float](repeating: 1 / Float(max(count, 1)), count: count))
        mean.clip(to: claim.clippingNorm)
        mean.addNoise(deviation: claim.noiseDeviation / Double(claim.batch), random["noise"][step])
        return mean
    }
}

extension PerExampleGradients {
    /// The same, but zero where a gradient is not finite: a specimen is broken in one thing only.
    func finite() -> PerExampleGradients {
        let sizes = norms()
        guard !sizes.allSatisfy(\.isFinite) else { return self }
        let all = rows()
        var values: [Float] = []
        for (index, size) in sizes.enumerated() {
            values += size.isFinite ? all.row(index) : [Float](repeating: 0, count: all.columns)
        }
        return craftedGradients(Tensor(values, shape: all.shape))
    }
}

extension Parameters {
    /// Shortens the whole to a norm.
    mutating func clip(to norm: Double) {
        let size = self.norm
        if size > norm { scale(by: Float(norm / size)) }
    }

    /// Adds N(0, deviation²) to every coordinate.
    mutating func addNoise(deviation: Double, _ random: RandomStream) {
        for name in names { update(name) { random[name].addNormals(to: &$0, deviation: Float(deviation)) } }
    }
}
