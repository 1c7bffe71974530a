import Autograd
import Tensors

/// Broken: the means of microbatches are clipped, not the records.
///
/// A record can turn its microbatch's mean round, from C one way to C the other, so that the sum moves by 2C where C is
/// accounted for.
struct MicrobatchNorm: PrivateStep {
    let correct: Correct
    /// Records per microbatch, at least 2.
    var size = 4
    var claim: MechanismClaim { correct.claim }

    func batch(step: Int, random: RandomStream) -> [Int] { correct.batch(step: step, random: random) }

    func release(_ gradients: PerExampleGradients, step: Int, random: RandomStream) -> Parameters {
        let gradients = gradients.finite()
        var sum = clippedMean(of: 0..<0, gradients)
        for start in stride(from: 0, to: gradients.examples, by: size) {
            let mean = clippedMean(of: start..<min(start + size, gradients.examples), gradients)
            for name in sum.names { sum.update(name) { $0.add(mean[name]) } }
        }
        sum.addNoise(deviation: claim.noiseDeviation, random["noise"][step])
        sum.scale(by: Float(1 / Double(claim.batch)))
        return sum
    }

    private func clippedMean(of part: Range<Int>, _ gradients: PerExampleGradients) -> Parameters {
        var mean = gradients.weightedSum(
            (0..<gradients.examples).map { part.contains($0) ? 1 / Float(part.count) : 0 })
        mean.clip(to: claim.clippingNorm)
        return mean
    }
}
