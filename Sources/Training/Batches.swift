import Tensors

/// Which records a step reads; a function of the step alone, so that a resumed training reads the same.
enum BatchSampler {
    /// A fresh permutation per epoch, cut into equal parts.
    case shuffled(stepsPerEpoch: Int)
    /// Each record independently with probability `rate`: sizes vary and may be zero.
    case poisson(rate: Double)

    func indices(step: Int, count: Int, _ random: RandomStream) -> [Int] {
        switch self {
        case .shuffled(let stepsPerEpoch):
            let (epoch, part) = (step / stepsPerEpoch, step % stepsPerEpoch)
            let order = random["epoch"][epoch].permutation(count)
            return Array(order[part * count / stepsPerEpoch..<(part + 1) * count / stepsPerEpoch])
        case .poisson(let rate):
            let flips = random["poisson"][step].coinFlips(count, probability: rate)
            return flips.indices.filter { flips[$0] }
        }
    }
}
