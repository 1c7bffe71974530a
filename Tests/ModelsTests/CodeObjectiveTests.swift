import Autograd
import Foundation
import Models
import Tensors
import Testing

@Suite struct CodeObjectiveTests {
    /// An encoder of two numbers that passes them on.
    private func losses(_ objective: CodeObjective, _ x: [Float], _ codes: [Float]) -> [Double] {
        let network = Autoencoder(inputs: 2, hidden: [], latents: 2, codeObjective: objective)
        var parameters = network.initialParameters(RandomStream(seed: 1))
        parameters["encoder.0.weight"] = Tensor([1, 0, 0, 1], shape: [2, 2])
        parameters["encoder.0.bias"] = Tensor([0, 0])
        let records = Records(
            features: Tensor(x, shape: [x.count / 2, 2]), targets: Tensor(codes, shape: [codes.count / 2, 2]))
        return network.losses(
            network.phases[0], records, BoundParameters(parameters, on: Tape(.inference)), RandomStream(seed: 2)
        ).value.values.map(Double.init)
    }

    @Test("Regression is the squared distance of a record's code")
    func regression() {
        #expect(losses(.regression, [1, 2, 0, 0], [1, 0, 3, 4]) == [4, 25])
    }

    @Test("A contrast reads directions alone: orthogonal codes of any length, by hand")
    func contrast() {
        // Similarities 1 and 0 over ½: ln(e² + 1) − 2; the second record is as far from either code.
        let found = losses(.contrastive(temperature: 0.5), [3, 0, 1, 1], [0.1, 0, 0, 7])
        #expect(abs(found[0] - (log(exp(2.0) + 1) - 2)) < 1e-5)
        #expect(abs(found[1] - log(2.0)) < 1e-5)
    }

    @Test("Only the encoder is trained, and an autoencoder without an objective is written as before there was any")
    func encoderAlone() throws {
        let network = Autoencoder(inputs: 3, hidden: [4], latents: 2, codeObjective: .contrastive(temperature: 0.2))
        let random = RandomStream(seed: 3)
        let records = Records(
            features: random["x"].uniformTensor([12, 3]), targets: random["z"].normalTensor([12, 2]))
        let tape = Tape(.summed)
        let phase = network.phases[0]
        let bound = BoundParameters(network.initialParameters(random), on: tape, trainable: phase.parameters)
        tape.backward(from: mean(network.losses(phase, records, bound, random)))
        let gradients = tape.parameterGradients()
        #expect(!gradients.names.isEmpty && gradients.names.allSatisfy { $0.hasPrefix("encoder.") })
        #expect(gradients.names.allSatisfy { gradients[$0].squaredNorm() > 0 })
        #expect(network.phases[0].mixesRecords)
        #expect(!Autoencoder(inputs: 3, hidden: [], latents: 2, codeObjective: .regression).phases[0].mixesRecords)
        let plain = try JSONEncoder().encode(Autoencoder(inputs: 3, hidden: [4], latents: 2))
        #expect(!String(decoding: plain, as: UTF8.self).contains("codeObjective"))
    }
}
