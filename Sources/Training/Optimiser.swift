import Autograd
import Foundation
import Tensors

/// A rule that turns gradients into steps.
public enum Optimiser: Codable, Sendable, Equatable {
    /// Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019).
    case adam(rate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, decay: Float = 0)
    /// Stochastic gradient descent with momentum.
    case sgd(rate: Float, momentum: Float = 0, decay: Float = 0, nesterov: Bool = false)

    /// The learning rate before any schedule.
    public var rate: Float {
        switch self {
        case .adam(let rate, _, _, _, _): rate
        case .sgd(let rate, _, _, _): rate
        }
    }
}

/// How the learning rate changes over the steps.
public enum Schedule: Codable, Sendable, Equatable {
    /// It does not.
    case constant
    /// A linear rise over `warmup` steps, then a half cosine down to `floor` times the rate.
    case cosine(warmup: Int, floor: Float)

    /// The factor on the learning rate at a step counted from 0.
    public func factor(step: Int, of total: Int) -> Float {
        guard case .cosine(let warmup, let floor) = self else { return 1 }
        if step < warmup { return Float(step + 1) / Float(warmup) }
        let progress = Double(step - warmup) / Double(max(1, total - warmup))
        return floor + (1 - floor) * Float(0.5 * (1 + cos(.pi * min(1, progress))))
    }
}

/// The moments of an optimiser, one set per trained parameter.
struct OptimiserState: Sendable {
    var first = Parameters()
    var second = Parameters()
    var steps = 0

    /// Updates the parameters that have a gradient.
    mutating func apply(_ optimiser: Optimiser, factor: Float, _ gradients: Parameters, to parameters: inout Parameters)
    {
        steps += 1
        if case .sgd(let rate, 0, 0, _) = optimiser {
            for name in gradients.names {
                let gradient = gradients[name]
                parameters.update(name) { $0.add(gradient, times: -rate * factor) }
            }
            return
        }
        for name in gradients.names where !first.contains(name) {
            first[name] = .zeros(gradients[name].shape)
            if case .adam = optimiser { second[name] = .zeros(gradients[name].shape) }
        }
        for name in gradients.names {
            let gradient = gradients[name]
            parameters.update(name) { parameter in
                switch optimiser {
                case .adam(let rate, let beta1, let beta2, let epsilon, let decay):
                    first.update(name) { m in
                        second.update(name) { v in
                            parameter.adam(
                                gradient: gradient, m: &m, v: &v, step: steps, rate: rate * factor, beta1: beta1,
                                beta2: beta2, epsilon: epsilon, decoupledDecay: decay, coupledDecay: 0)
                        }
                    }
                case .sgd(let rate, let momentum, let decay, let nesterov):
                    first.update(name) { velocity in
                        parameter.momentumDescent(
                            gradient: gradient, velocity: &velocity, isFirst: steps == 1, rate: rate * factor,
                            momentum: momentum, decay: decay, nesterov: nesterov)
                    }
                }
            }
        }
    }
}
