import Attacks
import Autograd
import Foundation
import Models
import Tensors
import Testing
import ThreatModel
import Training

@Suite struct SignalTests {
    private func values(_ signal: Signal, _ model: Model, _ records: Records) throws -> [Double] {
        try Scores(to: Victim(model), meter: QueryMeter()).values(signal, of: records)
    }

    private func answers(_ model: Model, _ records: Records) throws -> Tensor {
        try Scores(to: Victim(model), meter: QueryMeter()).answers(records)
    }

    @Test("The reconstruction error is the cross-entropy between a record and the victim's answer")
    func reconstructionError() throws {
        for arena in try [Arena.autoencoder(), Arena.variationalAutoencoder()] {
            let records = arena.candidates.slice(0..<30)
            let answers = try answers(arena.victim, records)
            let expected = (0..<30).map { record in
                zip(records.requiredFeatures.row(record), answers.row(record)).reduce(0.0) { sum, pixel in
                    let (x, p) = (Double(pixel.0), min(max(Double(pixel.1), 1e-30), 1 - 1e-7))
                    return sum - x * log(p) - (1 - x) * log(1 - p)
                }
            }
            let found = try values(.reconstructionError, arena.victim, records)
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 0.01 * (1 + abs($1)) })
        }
    }

    @Test("The token loss is the mean of −ln p of the tokens that follow")
    func tokenLoss() throws {
        let arena = try Arena.transformer()
        let records = arena.candidates.slice(0..<20)
        let answers = try answers(arena.victim, records)
        let expected = (0..<20).map { record in
            (0..<11).reduce(0.0) { sum, position in
                sum - log(Double(answers.row(record * 11 + position)[Int(records.tokens[record * 12 + position + 1])]))
            } / 11
        }
        let found = try values(.tokenLoss, arena.victim, records)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) })
    }

    @Test("The logit confidence is ln p − ln(1 − p) of the true class, and finite where p rounds to one")
    func logitConfidence() throws {
        let network = Classifier(inputs: 64, hidden: [8], classes: 3)
        let model = Model(untrained: .classifier(network), RandomStream(seed: 5))
        let labels = (0..<25).map { Int32($0 % 3) }
        let records = Records(features: Arena.images.rows(0..<25), labels: labels)
        let answers = try answers(model, records)
        let expected = (0..<25).map { record in
            let p = Double(answers.row(record)[Int(labels[record])])
            return log(p) - log(1 - p)
        }
        let found = try values(.logitConfidence, model, records)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) })
        let loud = Records(features: Arena.images.rows(0..<25) * 1000, labels: labels)
        let extreme = try values(.logitConfidence, model, loud)
        #expect(extreme.allSatisfy { $0.isFinite } && (extreme.map(abs).max() ?? 0) > 20)
    }

    @Test("A victim that trained with dropout answers without it")
    func noDropout() throws {
        let random = RandomStream(seed: 6)
        let records = Records(features: Arena.images.rows(0..<40))
        func models(_ dropout: Float) -> [(Signal, Model)] {
            [
                (
                    .reconstructionError,
                    Model(
                        untrained: .autoencoder(Autoencoder(inputs: 64, hidden: [32], latents: 8, dropout: dropout)),
                        random)
                ),
                (
                    .negativeELBO,
                    Model(
                        untrained: .variationalAutoencoder(
                            VariationalAutoencoder(inputs: 64, hidden: [32], latents: 8, dropout: dropout)), random)
                ),
            ]
        }
        for ((signal, dropped), (_, plain)) in zip(models(0.5), models(0)) {
            #expect(try values(signal, dropped, records) == values(signal, plain, records))
        }
    }

    @Test("A record's signal depends on no other record and on no place")
    func place() throws {
        let cases: [(Signal, Arena)] = try [
            (.reconstructionError, Arena.autoencoder()), (.negativeELBO, Arena.variationalAutoencoder()),
            (.importanceWeighted, Arena.variationalAutoencoder()), (.tokenLoss, Arena.transformer()),
        ]
        for (signal, arena) in cases {
            let all = try values(signal, arena.victim, arena.candidates)
            let few = try values(signal, arena.victim, arena.candidates.gather([150, 3, 77]))
            #expect(largestError(few, [all[150], all[3], all[77]]) < 1e-5)
        }
    }

    @Test("The importance-weighted bound lies below −ELBO, and is exact where the posterior is the prior")
    func importanceWeighted() throws {
        let arena = try Arena.variationalAutoencoder()
        let records = arena.candidates.slice(0..<30)
        let bound = try values(.importanceWeighted, arena.victim, records)
        let elbo = try values(.negativeELBO, arena.victim, records)
        let reconstruction = try values(.reconstructionError, arena.victim, records)
        #expect(zip(bound, elbo).allSatisfy { $0 < $1 } && zip(bound, reconstruction).allSatisfy { $0 > $1 })
        // Without a path from or to the code, −ln p(x) is the error of the bias alone: 64 pixels of probability 1/2.
        var blind = arena.victim
        for name in blind.parameters.names { blind.parameters[name] = .zeros(blind.parameters[name].shape) }
        let exact = try values(.importanceWeighted, blind, records)
        #expect(exact.allSatisfy { abs($0 - 64 * log(2)) < 1e-4 })
    }

    @Test("The importance-weighted bound is −ln of the mean weight, also where every weight underflows")
    func meanWeight() throws {
        // One latent, no hidden layers: q = N(1, 1) for every record, and each pixel's logit is 40·z.
        let network = VariationalAutoencoder(inputs: 100, hidden: [], latents: 1)
        var model = Model(untrained: .variationalAutoencoder(network), RandomStream(seed: 5))
        model.parameters["encoder.0.weight"] = .zeros([2, 100])
        model.parameters["encoder.0.bias"] = Tensor([1, 0])
        model.parameters["decoder.0.weight"] = Tensor(repeating: 40, shape: [100, 1])
        let noise = RandomStream(seed: 0)["importance-weighted"].normalTensor([64, 1])
        // Of black images −ln w = Σ softplus(40·z) + z²/2 − ε²/2 with z = 1 + ε.
        let logs = noise.values.map { value -> Double in
            let (e, z) = (Double(value), 1 + Double(value))
            return -100 * (max(40 * z, 0) + log1p(exp(-abs(40 * z)))) - z * z / 2 + e * e / 2
        }
        let most = try #require(logs.max())
        let expected = -(most + log(logs.reduce(0) { $0 + exp($1 - most) } / 64))
        let found = try values(.importanceWeighted, model, Records(features: .zeros([3, 100])))
        #expect(found.allSatisfy { abs($0 - expected) < 1e-4 * expected }, "\(found) for \(expected)")
    }

    @Test("The nearest sample is as far as in the attack of that name, and its own samples are at home")
    func nearestSample() throws {
        let arena = try Arena.gan()
        let open = WhiteBox(to: Victim(arena.victim), meter: QueryMeter())
        let drawn = try SamplesOnly(to: Victim(arena.victim), meter: QueryMeter())
            .samples(Signal.sampleCount, RandomStream(seed: 0)["nearest-sample"])
        let scores = NearestSample.scores(candidates: arena.candidates.requiredFeatures, samples: drawn)
        let found = try open.values(.nearestSample, of: arena.candidates)
        #expect(largestError(found, scores.map { (-$0).squareRoot() }) < 1e-9)
        let own = try open.values(.nearestSample, of: Records(features: drawn.rows(0..<5)))
        #expect(own.allSatisfy { $0 < 0.05 } && found.allSatisfy { $0 > 0.05 })
    }

    @Test("A class-conditional victim reads the labels, and refuses records that have none or strange ones")
    func conditional() throws {
        let network = VariationalAutoencoder(inputs: 64, hidden: [16], latents: 4, classes: 3)
        let model = Model(untrained: .variationalAutoencoder(network), RandomStream(seed: 5))
        let x = Arena.images.rows(0..<6)
        func records(_ labels: [Int32]?) -> Records { Records(features: x, labels: labels) }
        for signal in Signal.all(of: "variational-autoencoder") where signal.access == .scores {
            let found = try values(signal, model, records([0, 1, 2, 0, 1, 2]))
            let changed = try values(signal, model, records([0, 1, 2, 0, 1, 0]))
            #expect(found.dropLast() == changed.dropLast() && found.last != changed.last, "\(signal)")
            for labels: [Int32]? in [nil, [0, 1, 2, 0, 1, 3], [0, 1, 2, 0, 1, -1]] {
                #expect(throws: ThreatModelError.self) { try values(signal, model, records(labels)) }
            }
        }
        #expect(throws: ThreatModelError.self) { try answers(model, records(nil)) }
        #expect(throws: ThreatModelError.self) {
            try Codes(to: Victim(model), meter: QueryMeter()).codes(records(nil))
        }
        let (first, second) = try (
            answers(model, records([0, 1, 2, 0, 1, 2])), answers(model, records([0, 1, 2, 0, 1, 0]))
        )
        #expect(first.row(4) == second.row(4) && first.row(5) != second.row(5))
    }

    @Test("Every signal of a family is read through the access that it names, and through no weaker one")
    func access() throws {
        let arenas = try [Arena.autoencoder(), Arena.variationalAutoencoder(), Arena.gan(), Arena.transformer()]
        for arena in arenas {
            let (victim, records) = (Victim(arena.victim), arena.candidates.slice(0..<2))
            for signal in Signal.all(of: arena.victim.architecture.family) {
                let answered = (
                    (try? Scores(to: victim, meter: QueryMeter()).values(signal, of: records)) != nil,
                    (try? SamplesOnly(to: victim, meter: QueryMeter()).values(signal, of: records)) != nil,
                    (try? WhiteBox(to: victim, meter: QueryMeter()).values(signal, of: records)) != nil
                )
                #expect(answered == (signal.access == .scores, signal.access == .samples, true), "\(signal)")
            }
        }
        #expect(SignalAccessKind.allCases.allSatisfy { kind in Signal.allCases.contains { $0.access == kind } })
    }

    @Test("Orientation: losses change their sign, confidences and logits do not")
    func orientation() {
        for signal in Signal.allCases {
            let isLoss = signal != .discriminatorLogit && signal != .logitConfidence
            #expect(signal.oriented([2, -3]) == (isLoss ? [-2, 3] : [2, -3]))
        }
    }

    @Test("A family without a signal says so, and the discriminator answers only an open box")
    func unsupported() throws {
        let gan = try Arena.gan()
        let records = gan.candidates.slice(0..<3)
        for signal in Signal.allCases {
            #expect(throws: ThreatModelError.self) { try values(signal, gan.victim, records) }
        }
        let open = WhiteBox(to: Victim(gan.victim), meter: QueryMeter())
        #expect(try open.values(.discriminatorLogit, of: records).count == 3)
        #expect(throws: ThreatModelError.unsupported("signal 'token-loss'", family: "gan")) {
            try open.values(.tokenLoss, of: records)
        }
    }
}
