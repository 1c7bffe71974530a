import Mechanisms
package import Tensors

/// Which records a step reads; a function of the step alone, so that a resumed training reads the same.
enum BatchSampler {
    /// A fresh permutation per epoch, cut into equal parts.
    case shuffled(stepsPerEpoch: Int)
    /// Each record independently with probability `rate`: sizes vary and may be zero.
    case poisson(rate: Double)
    /// As `poisson`, by coins of the operating system, which nobody who knows the seed can guess; every call differs.
    case securePoisson(rate: Double)

    /// The order in which an epoch reads the records.
    struct Order {
        fileprivate var epoch = -1
        fileprivate var records: [Int] = []
    }

    /// Returns the records of a step; `order` keeps the epoch's permutation from one step to the next.
    func indices(step: Int, count: Int, _ random: RandomStream, _ order: inout Order) -> [Int] {
        switch self {
        case .shuffled(let stepsPerEpoch):
            let (epoch, part) = (step / stepsPerEpoch, step % stepsPerEpoch)
            if order.epoch != epoch || order.records.count != count {
                order = Order(epoch: epoch, records: random["epoch"][epoch].permutation(count))
            }
            return Array(order.records[part * count / stepsPerEpoch..<(part + 1) * count / stepsPerEpoch])
        case .poisson(let rate):
            return random["poisson"][step].trueFlips(count, probability: rate)
        case .securePoisson(let rate):
            let flips = SecureRandom.coinFlips(count, probability: rate)
            return flips.indices.filter { flips[$0] }
        }
    }
}

extension Recipe {
    /// How the steps of a training on `count` records, or privacy units, choose theirs.
    func sampler(_ count: Int) -> BatchSampler {
        guard clipsEachUnit, !isTreeAggregated else { return .shuffled(stepsPerEpoch: stepsPerEpoch(count)) }
        let rate = samplingRate(count)
        return privacy?.noise == .secure ? .securePoisson(rate: rate) : .poisson(rate: rate)
    }

    /// Returns the indices of the records that a step of a training with this stream reads, out of `count`; of a
    /// training with secure noise, some that it might read.
    package func batch(step: Int, count: Int, _ random: RandomStream) -> [Int] {
        var order = BatchSampler.Order()
        return sampler(count).indices(step: step, count: count, random["batches"], &order)
    }
}
