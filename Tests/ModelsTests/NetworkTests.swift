import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite("Every model family keeps its contract") struct NetworkTests {
    /// A step of 2⁻⁹ seldom moves a rectifier over its kink; losses of some 20 nats are then good to 1e-3.
    @Test("the gradient of the total loss agrees with finite differences", arguments: Family.all)
    func gradients(_ family: Family) {
        for phase in family.network.phases {
            let (tape, losses) = family.run(phase, .summed, family.records, family.parameters)
            let gradients = tape.parameterGradients()
            let names = family.parameters.filter(phase.parameters).names.filter { !Parameters.isStatistic($0) }
            let trained = family.parameters.filter(names)
            #expect(gradients.names == trained.names, "\(phase.name)")
            expectGradients(
                gradients.names.map { gradients[$0] }, of: trained.names.map { trained[$0] },
                "\(family.name) \(phase.name)", directions: 8, step: 0x1p-9, tolerance: 5e-3,
                floor: 0.2 * max(1, losses.sum() / 20),
                skippingKinks: true
            ) { moved in
                var parameters = family.parameters
                for (name, tensor) in zip(trained.names, moved) { parameters[name] = tensor }
                return family.run(phase, .summed, family.records, parameters).losses.sum()
            }
        }
    }

    @Test(
        "per-example gradients add up to the gradient, and their norms are right",
        arguments: Family.all.filter(\.isUnmixed))
    func perExample(_ family: Family) {
        let count = family.records.count
        for phase in family.network.phases where phase.touchesData {
            let summed = family.run(phase, .summed, family.records, family.parameters).tape.parameterGradients()
            let (tape, losses) = family.run(
                phase, .perExample(count: count), family.records, family.parameters)
            #expect(losses.shape == [count])
            let gradients = tape.perExampleGradients()
            let explicit = gradients.explicit()
            let sum = gradients.weightedSum([Float](repeating: 1, count: count))
            for name in summed.names {
                expectClose(sum[name], summed[name], name)
                var total = Tensor.zeros(summed[name].shape)
                for gradient in explicit { total.add(gradient[name]) }
                expectClose(total, summed[name], name)
            }
            expectClose(gradients.norms(), explicit.map(\.norm))
        }
    }

    /// The gradients of the units of `size` records each: a summed tape for each, which no factor takes part in.
    private func separate(_ family: Family, _ phase: Phase, unit size: Int) -> [Parameters] {
        (0..<family.records.count / size).map { unit in
            let losses = family.run(phase, .inference, family.records, family.parameters).losses
            var seed = Tensor.zeros(losses.shape)
            for record in unit * size..<(unit + 1) * size { seed[record] = 1 }
            let tape = Tape(.summed)
            let bound = BoundParameters(family.parameters, on: tape, trainable: phase.parameters)
            tape.backward(
                from: family.network.losses(phase, family.records, bound, RandomStream(seed: 6)["loss"]), seed: seed)
            return tape.parameterGradients()
        }
    }

    /// Units of several records are those of documents: their gradients add up before any norm is taken.
    @Test(
        "norms and weighted sums equal those of a tape for each record, and for each unit of several",
        arguments: Family.all.filter(\.isUnmixed), [1, 2, 4])
    func units(_ family: Family, _ size: Int) {
        let count = family.records.count / size
        for phase in family.network.phases where phase.touchesData && count > 0 {
            let expected = separate(family, phase, unit: size)
            let (tape, _) = family.run(phase, .perExample(count: count), family.records, family.parameters)
            let gradients = tape.perExampleGradients()
            let norms = gradients.norms()
            for (norm, gradient) in zip(norms, expected) {
                #expect(abs(Double(norm) / gradient.norm - 1) < 1e-5, "\(phase.name)")
            }
            // A norm of a sum is not a sum of norms: records of a unit must not be clipped apart.
            if size == 2 {
                let apart = separate(family, phase, unit: 1).map { $0.norm * $0.norm }
                #expect(abs((apart[0] + apart[1]).squareRoot() / Double(norms[0]) - 1) > 1e-3, "\(phase.name)")
            }
            let weights = (0..<count).map { Float($0) / 2 - 0.7 }
            let sum = gradients.weightedSum(weights)
            for name in sum.names {
                var wanted = Tensor.zeros(sum[name].shape)
                for (gradient, weight) in zip(expected, weights) where gradient.contains(name) {
                    wanted.add(gradient[name], times: weight)
                }
                expectClose(sum[name], wanted, "\(phase.name) \(name)")
            }
        }
    }

    @Test("a record's loss and gradient do not depend on the other records", arguments: Family.all)
    func independence(_ family: Family) {
        let records = family.records
        for phase in family.network.phases where !phase.mixesRecords {
            let mode = Tape.Mode.perExample(count: records.count)
            let (tape, losses) = family.run(phase, mode, records, family.parameters)
            let explicit = tape.perExampleGradients().explicit()
            for kept in 0..<records.count {
                // All others become copies of the kept record, which stays in its place.
                let others = records.gather([Int](repeating: kept, count: records.count))
                let (tape, changed) = family.run(phase, mode, others, family.parameters)
                #expect(changed[kept] == losses[kept], "\(phase.name)")
                let gradient = tape.perExampleGradients().explicit()[kept]
                for name in gradient.names {
                    expectClose(gradient[name], explicit[kept][name], "\(phase.name) \(name)", tolerance: 1e-6)
                }
            }
            // The first record alone has the same randomness as at the head of a batch.
            let alone = family.run(phase, .perExample(count: 1), records.slice(0..<1), family.parameters)
            #expect(abs(alone.losses[0] - losses[0]) <= 1e-5 * max(1, abs(losses[0])))
        }
    }

    @Test("an empty batch has no losses and a gradient sum of zero", arguments: Family.all)
    func empty(_ family: Family) {
        for phase in family.network.phases where !phase.mixesRecords {
            let (tape, losses) = family.run(
                phase, .perExample(count: 0), family.records.slice(0..<0), family.parameters)
            #expect(losses.count == 0)
            let gradients = tape.perExampleGradients()
            #expect(gradients.norms().isEmpty && gradients.weightedSum([]).norm == 0)
        }
    }

    @Test("a loss is a function of its stream", arguments: Family.all.filter(\.isUnmixed))
    func reproducible(_ family: Family) {
        let phase = family.network.phases[0]
        let first = family.run(phase, .inference, family.records, family.parameters).losses
        #expect(first == family.run(phase, .summed, family.records, family.parameters).losses)
        // A critic's loss is a difference, everything else a negative log-likelihood.
        let isCritic = (family.network as? GenerativeAdversarialNetwork)?.critic != nil
        #expect(first.values.allSatisfy { $0.isFinite && ($0 > 0 || isCritic) })
    }

    @Test("initial parameters depend on the seed, and have the names that the loss looks up", arguments: Family.all)
    func initial(_ family: Family) {
        let first = family.network.initialParameters(RandomStream(seed: 1))
        #expect(first == family.network.initialParameters(RandomStream(seed: 1)))
        #expect(first != family.network.initialParameters(RandomStream(seed: 2)))
        #expect(Set(first.names).count == first.names.count)
        let losses = family.run(family.network.phases[0], .inference, family.records, first).losses
        #expect(losses.values.allSatisfy { $0.isFinite })
        // Every parameter belongs to a phase, and to one only.
        for name in first.names {
            #expect(family.network.phases.filter { $0.parameters.contains(where: name.hasPrefix) }.count == 1)
        }
    }

    @Test("no two parameters are drawn from one stream") func distinctStreams() {
        let parameters = Autoencoder(inputs: 4, hidden: [4], latents: 4).initialParameters(RandomStream(seed: 1))
        let weights = parameters.names.filter { $0.hasSuffix("weight") }.map { parameters[$0].values }
        #expect(weights.count == 4 && Set(weights).count == 4)
    }

    @Test("a batch-normalised loss depends on the batch in training, and on running statistics after it")
    func batchNormalised() throws {
        for family in Family.mixed {
            let (phase, records) = (family.network.phases[0], family.records)
            let copies = records.gather([Int](repeating: 0, count: records.count))
            func loss(_ mode: Tape.Mode, _ records: Records, _ parameters: Parameters) -> Float {
                family.run(phase, mode, records, parameters).losses[0]
            }
            #expect(loss(.summed, records, family.parameters) != loss(.summed, copies, family.parameters))
            #expect(loss(.inference, records, family.parameters) == loss(.inference, copies, family.parameters))
            let observations = family.run(phase, .summed, records, family.parameters).tape.observations
            // Only what the phase trains is observed, so no phase changes another's parameters.
            #expect(!observations.isEmpty)
            #expect(observations.allSatisfy { name, _ in phase.parameters.contains { name.hasPrefix($0) } })
            var parameters = family.parameters
            parameters.fold(observations)
            #expect(parameters != family.parameters)
            #expect(loss(.inference, records, parameters) != loss(.inference, records, family.parameters))
        }
    }

    @Test("batch norm on the path of private data ends the program", arguments: [0, 1])
    func privateBatchNorm(_ index: Int) async throws {
        try #require(Family.mixed.count == 2)
        await #expect(processExitsWith: .failure) { [index] in
            let family = Family.mixed[index]
            _ = family.run(
                family.network.phases[0], .perExample(count: family.records.count), family.records, family.parameters)
        }
    }

    @Test("what an adversary does with a model is no training: no batch statistics, nothing observed")
    func adversary() {
        guard let family = Family.mixed.last, let network = family.network as? GenerativeAdversarialNetwork else {
            Issue.record("the last of the mixed families is no GAN")
            return
        }
        let tape = Tape(.summed)
        let bound = BoundParameters(family.parameters, on: tape, trainable: [])
        let codes = tape.variable(Family.pixels(4, 3))
        let images = network.generate(codes, bound)
        let still = BoundParameters(family.parameters, on: Tape(.inference))
        #expect(images.value == network.generate(still.tape.constant(codes.value), still).value)
        #expect(tape.observations.isEmpty)
        tape.backward(from: images)
        #expect(tape.gradient(of: codes).squaredNorm() > 0)
    }

    @Test("perceptron weights have He's deviation") func deviation() {
        var parameters = Parameters()
        Sequential.perceptron([100, 200, 100]).initialise(&parameters, prefix: "p", RandomStream(seed: 1))
        for (name, variance) in [("p.0.weight", 2.0 / 100), ("p.2.weight", 1.0 / 200)] {
            let found = parameters[name].squaredNorm() / Double(parameters[name].count)
            // The relative error of 20,000 squares of uniform numbers is 0.0063.
            #expect(abs(found / variance - 1) < 0.03, "\(name)")
        }
        #expect(parameters["p.0.weight"].shape == [200, 100] && parameters["p.0.bias"] == .zeros([200]))
    }

    @Test("dropout differs between streams and is off without one") func dropout() {
        let network = Classifier(inputs: 7, hidden: [40], classes: 3, dropout: 0.5)
        let bound = BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
        let x = bound.tape.constant(Family.pixels(2, 7))
        let random = RandomStream(seed: 5)
        let plain = network.logits(x, bound).value
        #expect(network.logits(x, bound).value == plain)
        #expect(network.logits(x, bound, dropping: random["a"]).value != plain)
        #expect(
            network.logits(x, bound, dropping: random["a"]).value
                != network.logits(x, bound, dropping: random["b"]).value)
    }

    @Test("a classifier's features are what its last map reads") func features() {
        let network = Classifier(inputs: 7, hidden: [6, 5], classes: 3)
        let bound = BoundParameters(network.initialParameters(RandomStream(seed: 1)), on: Tape(.inference))
        let x = bound.tape.constant(Family.pixels(4, 7))
        let features = network.features(x, bound)
        #expect(features.shape == [4, 5])
        #expect(linear(features, bound["body.4.weight"], bound["body.4.bias"]).value == network.logits(x, bound).value)
    }
}
