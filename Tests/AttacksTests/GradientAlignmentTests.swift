import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct GradientAlignmentTests {
    private let random = RandomStream(seed: 71)
    private let network = Classifier(inputs: 6, hidden: [5], classes: 3)
    private let records = Records(
        features: RandomStream(seed: 72).uniformTensor([20, 6]), labels: (0..<20).map { Int32($0 % 3) })

    private func model(_ number: Int) -> Model { Model(untrained: .classifier(network), random["model"][number]) }

    /// ⟨gradient of one record, later − earlier⟩, with a tape for each record.
    private func product(_ record: Int, at model: Model, _ earlier: Model, _ later: Model, clip: Double?) -> Double {
        let tape = Tape(.summed)
        let bound = BoundParameters(model.parameters, on: tape)
        let phase = network.phases[0]
        tape.backward(from: network.losses(phase, records.slice(record..<record + 1), bound, random))
        let gradient = tape.parameterGradients()
        let scale = clip.map { min(1, $0 / gradient.norm) } ?? 1
        return gradient.names.reduce(0) { sum, name in
            let move = later.parameters[name] - earlier.parameters[name]
            return sum + scale * Double((gradient[name] * move).sum())
        }
    }

    @Test("By hand: minus the mean product at both ends of each stretch", arguments: [nil, 0.3, 100])
    func byHand(clip: Double?) {
        let models = (0..<3).map(model)
        let scores = GradientAlignment.scores(models, on: records, clip: clip, random: random)
        for record in 0..<records.count {
            var expected = 0.0
            for (earlier, later) in zip(models, models.dropFirst()) {
                expected -= product(record, at: earlier, earlier, later, clip: clip) / 2
                expected -= product(record, at: later, earlier, later, clip: clip) / 2
            }
            #expect(abs(scores[record] - expected) < 1e-4 * max(1, abs(expected)))
        }
    }

    @Test("A model that did not move says nothing")
    func still() {
        let models = [model(0), model(0)]
        let scores = GradientAlignment.scores(models, on: records, clip: nil, random: random)
        #expect(scores.allSatisfy { $0 == 0 })
    }

    @Test("Each rung sees what its access hands out, pays for it, and knows members that pulled")
    func rungs() throws {
        // A step along the first ten records' clipped gradients: only those have pulled.
        let start = model(0)
        var moved = start.parameters
        for record in 0..<10 {
            let tape = Tape(.summed)
            let bound = BoundParameters(start.parameters, on: tape)
            tape.backward(
                from: network.losses(network.phases[0], records.slice(record..<record + 1), bound, random))
            let gradient = tape.parameterGradients()
            for name in gradient.names { moved[name].add(gradient[name], times: -0.01) }
        }
        let end = Model(.classifier(network), moved)
        let history = TrainingHistory(checkpoints: [start, end], alignments: [3, 1, 2])
        let victim = Victim(end, history: history)
        let knowledge = Knowledge(candidates: records, population: records.slice(0..<0))
        let meter = QueryMeter()
        let white = try FinalModelAlignment(clip: 1).run(
            against: InitialAndFinal(to: victim, meter: meter), knowing: knowledge, random: random)
        #expect(meter.queries == 40)
        let expected = GradientAlignment.scores([start, end], on: records, clip: 1, random: random["losses"])
        #expect(white.values == expected)
        let all = try CheckpointAlignment(clip: 1).run(
            against: Checkpoints(to: victim, meter: meter), knowing: knowledge, random: random)
        #expect(all.values == expected && meter.queries == 80)
        let (inside, outside) = (white.values.prefix(10), white.values.suffix(10))
        #expect(inside.reduce(0, +) > outside.reduce(0, +))
        let released = try ReleaseAlignment().run(
            against: ReleasedSteps(to: victim, meter: meter), knowing: knowledge, random: random)
        #expect(released.values == [3, 1, 2] && meter.queries == 83)
    }

    @Test("Without a history there is nothing to watch")
    func noHistory() throws {
        let victim = Victim(model(0))
        let meter = QueryMeter()
        #expect(Checkpoints(to: victim, meter: meter).models.count == 1)
        #expect(try ReleasedSteps(to: victim, meter: meter).alignments().isEmpty)
        let alone = InitialAndFinal(to: victim, meter: meter)
        #expect(alone.initial.parameters == alone.final.parameters)
    }
}
