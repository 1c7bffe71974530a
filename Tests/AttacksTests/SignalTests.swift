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
            (.tokenLoss, Arena.transformer()),
        ]
        for (signal, arena) in cases {
            let all = try values(signal, arena.victim, arena.candidates)
            let few = try values(signal, arena.victim, arena.candidates.gather([150, 3, 77]))
            #expect(largestError(few, [all[150], all[3], all[77]]) < 1e-5)
        }
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
