import Tensors
import Testing

@testable import Training

@Suite struct BatchesTests {
    private let random = RandomStream(seed: 8)
    private var order = BatchSampler.Order()

    @Test(
        "Shuffled batches hold each record exactly once per epoch, in even parts and another order each time",
        arguments: [(40, 5), (41, 5), (7, 7), (103, 4), (3, 1)])
    mutating func shuffled(count: Int, stepsPerEpoch: Int) {
        let sampler = BatchSampler.shuffled(stepsPerEpoch: stepsPerEpoch)
        var orders: [[Int]] = []
        for epoch in 0..<3 {
            let batches = (0..<stepsPerEpoch).map {
                sampler.indices(step: epoch * stepsPerEpoch + $0, count: count, random, &order)
            }
            #expect(batches.joined().sorted() == Array(0..<count))
            let sizes = batches.map(\.count)
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
            orders.append(Array(batches.joined()))
        }
        if count > 3 { #expect(Set(orders).count == 3) }
    }

    @Test("Poisson batches have the binomial's mean and variance, and records enter alike (level 0.001 each)")
    mutating func poisson() {
        let (count, rate, steps) = (400, 0.05, 3000)
        let batches = (0..<steps).map {
            BatchSampler.poisson(rate: rate).indices(step: $0, count: count, random, &order)
        }
        let sizes = batches.map { Double($0.count) }
        let (mean, variance) = (Double(count) * rate, Double(count) * rate * (1 - rate))
        let found = sizes.reduce(0, +) / Double(steps)
        #expect(abs(found - mean) < 3.29 * (variance / Double(steps)).squareRoot())
        let spread = sizes.reduce(0) { $0 + ($1 - found) * ($1 - found) } / Double(steps - 1)
        #expect(abs(spread / variance - 1) < 3.29 * (2 / Double(steps - 1)).squareRoot())
        // χ² of how often each record entered, with 400 degrees of freedom: 0.999-quantile 493 (Wilson–Hilferty).
        var entered = [Double](repeating: 0, count: count)
        for index in batches.joined() { entered[index] += 1 }
        let (often, noise) = (Double(steps) * rate, Double(steps) * rate * (1 - rate))
        #expect(entered.reduce(0) { $0 + ($1 - often) * ($1 - often) / noise } < 493)
    }

    @Test("A Poisson batch may be empty, holds no record twice, and holds all at rate one")
    mutating func poissonEnds() {
        let rare = (0..<50).map { BatchSampler.poisson(rate: 0.001).indices(step: $0, count: 40, random, &order) }
        #expect(rare.contains([]))
        #expect(BatchSampler.poisson(rate: 1).indices(step: 3, count: 40, random, &order) == Array(0..<40))
        let half = BatchSampler.poisson(rate: 0.5).indices(step: 3, count: 40, random, &order)
        #expect(Set(half).count == half.count)
    }

    @Test("A batch is a function of its step: asked again, or out of order, it is the same")
    mutating func addressed() {
        for sampler in [BatchSampler.poisson(rate: 0.3), .shuffled(stepsPerEpoch: 4)] {
            let forwards = (0..<12).map { sampler.indices(step: $0, count: 30, random, &order) }
            let backwards = (0..<12).reversed().map { sampler.indices(step: $0, count: 30, random, &order) }
            #expect(forwards == backwards.reversed())
            #expect(Set(forwards).count == 12)
        }
    }
}
