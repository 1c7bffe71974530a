import Auditing
import Autograd
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@Suite struct TheftGameTests {
    private let random = RandomStream(seed: 51)

    private func value(_ measures: [Measure], _ name: String) throws -> Double {
        try #require(measures.first { $0.name == name }, "\(name) in \(measures.map(\.name))").value
    }

    /// A classifier of one number into two classes, at a threshold.
    private func classifier(threshold: Float, slope: Float = 1) -> Model {
        var model = Model(untrained: .classifier(Classifier(inputs: 1, hidden: [], classes: 2)), random)
        model.parameters["body.0.weight"] = Tensor([0, slope], shape: [2, 1])
        model.parameters["body.0.bias"] = Tensor([0, -slope * threshold])
        return model
    }

    private let line = Records(
        features: Tensor([0.1, 0.3, 0.5, 0.7], shape: [4, 1]), labels: [0, 0, 1, 1])

    @Test("Classes: agreement, divergence and accuracy by hand, with what the victim has and a control")
    func classes() throws {
        let game = TheftGame(victim: classifier(threshold: 0.4), heldOut: line, kind: .classes)
        let grade = try game.grade(
            [
                Surrogate(budget: 20, model: classifier(threshold: 0.4)),
                Surrogate(budget: 10, model: classifier(threshold: 0.6)),
            ], controls: [.untrained(classifier(threshold: 0.8)), .independent(classifier(threshold: 0.2), records: 7)])
        #expect(grade.kind == "classes" && grade.space == nil && grade.heldOut == 4 && grade.currency == nil)
        #expect(grade.rows.map(\.queries) == [10, 20] && grade.rows.allSatisfy { $0.price == nil && $0.tokens == 0 })
        #expect(try grade.rows.map { try value($0.measures, "agreement") } == [0.75, 1])
        #expect(try grade.rows.map { try value($0.measures, "accuracy") } == [0.75, 1])
        #expect(try grade.rows.map { try value($0.measures, "accuracy gap") } == [0.25, 0])
        #expect(try value(grade.rows[1].measures, "KL from the victim") == 0)
        #expect(try value(grade.rows[0].measures, "KL from the victim") > 1e-4)
        #expect(grade.controls.map(\.name) == ["untrained", "independent of 7 records"])
        #expect(try grade.controls.map { try value($0.measures, "accuracy") } == [0.5, 0.75])
        #expect(try value(grade.victim, "accuracy") == 1)
        let interval = try #require(grade.rows[0].measures.first?.interval)
        #expect(interval == .clopperPearson(successes: 3, trials: 4, confidence: 0.95))
        #expect(grade.curve("accuracy").map(\.queries) == [10, 20] && grade.curve("nothing").isEmpty)
    }

    @Test("Records without labels have no accuracy")
    func unlabelled() throws {
        let game = TheftGame(
            victim: classifier(threshold: 0.4), heldOut: Records(features: line.requiredFeatures), kind: .classes)
        let grade = try game.grade([Surrogate(budget: 1, model: classifier(threshold: 0.4))], controls: [])
        #expect(grade.rows[0].measures.map(\.name) == ["agreement", "KL from the victim"])
    }

    @Test("Queries and tokens are priced by a tariff")
    func tariff() throws {
        let game = TheftGame(victim: classifier(threshold: 0.4), heldOut: line, kind: .classes)
        let grade = try game.grade(
            [Surrogate(budget: 30, tokens: 2500, model: classifier(threshold: 0.4))], controls: [],
            tariff: Tariff(perThousandQueries: 0.5 * 1000, perThousandTokens: 2, currency: "EUR"))
        #expect(grade.rows[0].price == 20 && grade.rows[0].tokens == 2500 && grade.currency == "EUR")
    }

    private func languageModel(_ seed: UInt64) -> Model {
        Model(
            untrained: .transformer(Transformer(vocabulary: 7, context: 6, layers: 1, heads: 1, width: 8)),
            RandomStream(seed: seed))
    }

    @Test("Language model: the victim's copy has no gap, another model has, and the window's mean is what counts")
    func tokens() throws {
        let held = Records(tokens: (0..<210).map { Int32($0 * $0 % 7) }, window: 6)
        let game = TheftGame(victim: languageModel(1), heldOut: held, kind: .languageModel)
        let grade = try game.grade(
            [Surrogate(budget: 5, tokens: 30, model: languageModel(1))], controls: [.untrained(languageModel(2))])
        let (copy, other) = (grade.rows[0].measures, grade.controls[0].measures)
        #expect(try value(copy, "agreement") == 1)
        #expect(try abs(value(copy, "KL from the victim")) < 1e-9)
        #expect(try value(copy, "perplexity gap") == 0)
        #expect(try value(copy, "loss gap") == 0)
        #expect(try value(other, "agreement") < 1)
        #expect(try value(other, "KL from the victim") > 1e-6)
        #expect(try value(other, "perplexity gap") != 0)
        // The measures are those of the game of answers, which knows no windows.
        let before = try ExtractionGame(victim: languageModel(1), heldOut: held).fidelity(
            languageModel(2), control: languageModel(3), controlName: "")
        #expect(try abs(before[0].value - value(other, "agreement")) < 1e-12)
        #expect(try abs(before[1].value - value(other, "KL from the victim")) < 1e-12)
    }

    /// An encoder of three numbers into two.
    private func encoder(_ weight: [Float]) -> Model {
        var model = Model(untrained: .autoencoder(Autoencoder(inputs: 3, hidden: [], latents: 2)), random)
        model.parameters["encoder.0.weight"] = Tensor(weight, shape: [2, 3])
        model.parameters["encoder.0.bias"] = Tensor([0, 0])
        return model
    }

    @Test("Encoder: a rotated copy is the victim to CKA and probe; one that reads what says nothing is neither")
    func codes() throws {
        // The class is in the first number, the second is noise beside it, the third is noise alone.
        let noise = random["noise"].normalTensor([60, 3])
        var features = noise
        for record in 0..<60 { features[3 * record] = Float(record % 2) * 2 + 0.3 * noise[3 * record] }
        let labels = (0..<60).map { Int32($0 % 2) }
        let held = Records(features: features.rows(0..<30), labels: Array(labels[0..<30]))
        let probe = Records(features: features.rows(30..<60), labels: Array(labels[30..<60]))
        let game = TheftGame(victim: encoder([1, 0, 0, 0, 1, 0]), heldOut: held, kind: .encoder(probe: probe))
        let grade = try game.grade(
            [Surrogate(budget: 9, model: encoder([1.2, -1.6, 0, 1.6, 1.2, 0]))],
            controls: [.untrained(encoder([0, 0, 1, 0, 0, 2]))])
        let (copy, other) = (grade.rows[0].measures, grade.controls[0].measures)
        #expect(try abs(value(copy, "linear CKA") - 1) < 1e-6)
        #expect(try abs(value(copy, "debiased linear CKA") - 1) < 1e-6)
        #expect(try value(copy, "probe accuracy") > 0.9)
        #expect(
            try value(copy, "probe accuracy") == value(grade.victim, "probe accuracy")
                - value(copy, "probe accuracy gap"))
        #expect(try value(other, "linear CKA") < 0.4)
        #expect(try value(other, "probe accuracy") < 0.8)
        #expect(try value(other, "probe agreement") < value(copy, "probe agreement"))
        // Without a probe only the alignment is told.
        let plain = try TheftGame(victim: encoder([1, 0, 0, 0, 1, 0]), heldOut: held, kind: .encoder(probe: nil))
            .grade([], controls: [])
        #expect(
            plain.victim.map(\.name) == [
                "linear CKA", "debiased linear CKA", "linear CKA of unit codes", "debiased linear CKA of unit codes",
            ])
    }

    @Test("Codes of the victim's directions and other lengths are the victim's to the measure of directions alone")
    func directions() throws {
        // The bias makes one number the same for all; a longer first number then changes lengths more than directions.
        let held = Records(features: random["held"].normalTensor([60, 3]))
        var stretched = encoder([1, 0, 0, 0, 1, 0])
        stretched.parameters["encoder.0.weight"] = stretched.parameters["encoder.0.weight"] * 7
        let game = TheftGame(victim: encoder([1, 0, 0, 0, 1, 0]), heldOut: held, kind: .encoder(probe: nil))
        let grade = try game.grade(
            [Surrogate(budget: 1, model: stretched)], controls: [.untrained(encoder([0, 0, 1, 0, 0, 2]))])
        #expect(try abs(value(grade.rows[0].measures, "linear CKA of unit codes") - 1) < 1e-5)
        #expect(try value(grade.controls[0].measures, "linear CKA of unit codes") < 0.4)
    }

    @Test("Without held-out records there is nothing to compare on")
    func empty() {
        let game = TheftGame(victim: classifier(threshold: 0.4), heldOut: line.slice(0..<0), kind: .classes)
        let error = #expect(throws: ThreatModelError.self) {
            try game.grade([Surrogate(budget: 1, model: classifier(threshold: 0.4))], controls: [])
        }
        #expect(error?.description.hasPrefix("expected records that neither") == true)
    }

    /// A generator that draws around a brightness.
    private func generator(_ brightness: Float) -> Model {
        var model = Model(
            untrained: .variationalAutoencoder(VariationalAutoencoder(inputs: 2, hidden: [], latents: 2)), random)
        model.parameters["decoder.0.weight"] = Tensor([0.5, 0, 0, 0.5], shape: [2, 2])
        model.parameters["decoder.0.bias"] = Tensor([brightness, brightness])
        return model
    }

    @Test("Generator: distances to the victim's draws and to real ones, in a space that the grade names")
    func samples() throws {
        let judge = try #require(
            SampleJudge(Model(untrained: .classifier(Classifier(inputs: 2, hidden: [8], classes: 3)), random["judge"])))
        let real = Records(features: try generator(0.5).samples(400, random["real"]))
        let game = TheftGame(
            victim: generator(0), heldOut: real, kind: .generator(judge: judge, samples: 400, random: random["drawn"]))
        let grade = try game.grade(
            [Surrogate(budget: 1, model: generator(0.1))], controls: [.untrained(generator(3))])
        #expect(grade.space == "the 8 features of the evaluator's last hidden layer")
        let name = "Fréchet distance to the victim's samples"
        let (own, copy, control) = (
            try value(grade.victim, name), try value(grade.rows[0].measures, name),
            try value(grade.controls[0].measures, name)
        )
        // The victim's other draws are not at 0: that is the distance that chance leaves.
        #expect(own > 0 && own < copy && copy * 10 < control, "\(own), \(copy), \(control)")
        let toReal = "Fréchet distance to real records"
        #expect(try value(grade.rows[0].measures, toReal) < value(grade.victim, toReal))
    }

    @Test("A student of another kind, and records of another shape, are refused")
    func refused() throws {
        let language = TheftGame(
            victim: languageModel(1), heldOut: Records(tokens: [1, 2, 3, 4], window: 2), kind: .languageModel)
        #expect(throws: ThreatModelError.unsupported("next token", family: "autoencoder")) {
            try language.grade([Surrogate(budget: 1, model: encoder([1, 0, 0, 0, 1, 0]))], controls: [])
        }
        let wide = Model(untrained: .classifier(Classifier(inputs: 2, hidden: [], classes: 2)), random)
        for (victim, student) in [(wide, wide), (classifier(threshold: 0), wide)] {
            #expect(throws: ThreatModelError.self) {
                try TheftGame(victim: victim, heldOut: line, kind: .classes)
                    .grade([Surrogate(budget: 1, model: student)], controls: [])
            }
        }
        #expect(throws: ThreatModelError.self) {
            try TheftGame(
                victim: languageModel(1), heldOut: Records(tokens: [Int32](repeating: 1, count: 9), window: 9),
                kind: .languageModel
            ).grade([], controls: [])
        }
    }
}
