import Auditing
import Datasets
import Foundation
import Models
import Store
import Tensors
import Testing
import Training

@testable import Experiments

@Suite("Victims in specs")
struct VictimSpecTests {
    private static let head = TinyExperiment.head
    private static let paragraphs = head.replacing("window: 32,", with: "record: paragraph, window: 32,")

    /// The one line with which a spec is refused, when it is read or when it is laid out.
    private func refusal(_ yaml: String) throws -> String {
        let error = #expect(throws: SpecError.self) { try TinyExperiment.plan(yaml) }
        let line = error.map(\.description) ?? ""
        #expect(!line.contains("\n"))
        return line
    }

    private func victim(_ id: String, of plan: Plan) throws -> ResolvedVictim {
        try #require(plan.victims.first { $0.spec.id == id })
    }

    // MARK: Repetitions

    private static let repeated =
        head + TinyExperiment.vae + """
              - id: vae-variant
                like: vae
              - id: vae-again
                like: vae
                repetition: 1
                shadows: {of: vae}
                attacks:
                  - {attack: lira-online, signal: negative-elbo}

            """

    @Test("A repetition has other members of the same data, and is trained otherwise")
    func repetition() throws {
        let plan = try TinyExperiment.plan(Self.repeated)
        let (first, variant, again) = (
            try victim("vae", of: plan), try victim("vae-variant", of: plan), try victim("vae-again", of: plan)
        )
        #expect(first.membership == variant.membership && first.membership != again.membership)
        #expect(first.split.key == again.split.key && first.recipe.architecture == again.recipe.architecture)
        // Independent flips agree on about half of 100 candidates; six standard deviations are 30.
        let agreeing = zip(first.membership, again.membership).count { $0 == $1 }
        #expect((20...80).contains(agreeing))
        let keys = plan.keys
        #expect(keys["victim/vae"] != keys["victim/vae-again"])
        let same = try TinyExperiment.plan(Self.repeated, setting: ["victims.0.repetition=1"])
        let repeated = try victim("vae", of: same)
        #expect(repeated.membership == again.membership, "members are those of the data, rate and repetition")
        func draw(_ victim: ResolvedVictim) -> [Bool] { victim.random["training"].coinFlips(64) }
        #expect(draw(repeated) != draw(first) && draw(again) != draw(first))
        #expect(same.keys["victim/vae"] != keys["victim/vae"] && same.keys["shadow/vae/0"] == keys["shadow/vae/0"])
    }

    // MARK: Pools of others

    @Test("A pool of another victim is its own stages: none is trained twice, and they are told as they are")
    func sharedPool() throws {
        let plan = try TinyExperiment.plan(Self.repeated)
        let shadows = plan.stages.filter { $0.kind == .shadow }.map(\.id)
        #expect(shadows == ["shadow/vae/0", "shadow/vae/1"])
        let attack = try #require(plan.stages.first { $0.id == "attack/vae-again/lira-online/negative-elbo" })
        #expect(attack.inputs == ["victim/vae-again", "evaluator"] + shadows)
        let pool = try #require(plan.stages.first { $0.id == "pool/vae-again" })
        #expect(pool.inputs == shadows)
        let shared = try #require(try victim("vae-again", of: plan).spec.shadows)
        #expect(shared.count == 2 && shared.owner == "vae")
        #expect(try victim("vae", of: plan).spec.shadows?.owner == nil)
    }

    @Test("A variant of a variant names whose pool that one has, or the variant, which comes to the same")
    func sharedTwice() throws {
        let third = "  - id: third\n    like: vae-again\n    shadows: {of: vae-again}\n"
        let plan = try TinyExperiment.plan(Self.repeated + third)
        #expect(try victim("third", of: plan).spec.shadows?.owner == "vae")
        #expect(plan.stages.filter { $0.kind == .shadow }.count == 2)
    }

    @Test(
        "A pool of another victim needs that victim's model, training and data, and no other keys",
        arguments: [
            ("like: vae\n    shadows: {of: gan}", "expected the pool of the victim that it is like"),
            (
                "like: vae\n    training: {epochs: 1, batch: 8, rate: 0.1}\n    shadows: {of: vae}",
                "with its model, training and data, found 'of: vae'"
            ),
            ("like: vae\n    data: table\n    shadows: {of: vae}", "with its model, training and data"),
            ("like: vae-variant\n    shadows: {of: vae-variant}", "expected the pool of the victim that it is like"),
            ("like: vae\n    shadows: {of: vae, count: 4}", "shadows.of: another victim's pool is as it is"),
            ("like: vae\n    shadows: {of: vae, flips: independent}", "shadows.of: another victim's pool is as it is"),
        ])
    func badPool(_ victim: String, _ says: String) throws {
        #expect(try refusal(Self.repeated + "  - id: last\n    \(victim)\n").contains(says))
    }

    // MARK: Splits

    private static func text(_ split: String, rate: Double = 0.4) -> String {
        TinyExperiment.gpt.replacing(
            "    training: {epochs: 1, batch: 16, rate: 0.003}\n    shadows",
            with: "    training: {epochs: 1, batch: 16, rate: 0.003}\n    memberRate: \(rate)\n    split: \(split)\n"
                + "    shadows", maxReplacements: 1)
    }

    @Test("Split by date, the oldest paragraphs are members, as many as the rate says")
    func byDate() throws {
        let plan = try TinyExperiment.plan(Self.paragraphs + Self.text("date"))
        let gpt = try victim("gpt", of: plan)
        let years = try #require(gpt.split.years)
        #expect(years.count == 80 && Set(years).count > 5)
        #expect(gpt.membership.count { $0 } == 32)
        let newest = try #require(years.indices.filter { gpt.membership[$0] }.map { years[$0] }.max())
        let oldest = try #require(years.indices.filter { !gpt.membership[$0] }.map { years[$0] }.min())
        #expect(newest <= oldest)
        let flips = try TinyExperiment.plan(Self.paragraphs + Self.text("flips"))
        #expect(try victim("gpt", of: flips).membership != gpt.membership)
        #expect(flips.keys["victim/gpt"] != plan.keys["victim/gpt"])
    }

    @Test("Windows and images have no dates")
    func noDates() throws {
        let line = "only paragraphs of text have dates; give it 'text: {record: paragraph}'"
        #expect(try refusal(Self.head + Self.text("date")).contains("'gpt': \(line)"))
        let image = TinyExperiment.vae.replacing("    shadows:", with: "    split: date\n    shadows:")
        #expect(try refusal(Self.paragraphs + image).contains("'vae': \(line)"))
    }

    @Test("Paragraphs of files without years cannot be split by date")
    func noYears() throws {
        let scratch = try Scratch()
        let source = TinyExperiment.repository.appending(path: "datasets/sotu-excerpt/1790-Washington-1.txt")
        let file = scratch.file("speech.txt")
        try String(contentsOf: source, encoding: .utf8).write(to: file, atomically: true, encoding: .utf8)
        let yaml = (Self.paragraphs + Self.text("date"))
            .replacing("dataset: sotu-excerpt", with: "dataset: \"text:\(file.path)\"")
            .replacing("candidates: 80, population: 90", with: "candidates: 6, population: 1")
        #expect(try refusal(yaml).contains("'gpt' is split by date, but not every document's name begins with a year"))
    }

    // MARK: Data

    private static func table(_ victim: String, _ file: URL, label: String = ", label: class") -> String {
        "name: t\nseed: 1\ntable: {dataset: \"csv:\(file.path)\"\(label), candidates: 8, population: 4}\nvictims:\n"
            + "  - id: a\n    data: table\n    model: {\(victim)}\n    training: {epochs: 1, batch: 4, rate: 0.01}\n"
    }

    private func csv(_ scratch: Scratch) throws -> URL {
        let rows = (0..<12).map { "\($0 % 5),\(["x", "y", "z"][$0 % 3]),\(["no", "yes"][$0 / 2 % 2])" }
        let file = scratch.file("rows.csv")
        try (["size,kind,class"] + rows).joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test("Rows of a table are features of 0 and 1 with the classes of the label")
    func tableData() throws {
        let scratch = try Scratch()
        let plan = try TinyExperiment.plan(Self.table("family: classifier, hidden: [4]", try csv(scratch)))
        let split = try victim("a", of: plan).split
        #expect(split.candidates.count == 8 && split.population.count == 4 && split.classes == 2)
        let features = try #require(split.candidates.features)
        #expect(features.columns == 8 && features.values.allSatisfy { $0 == 0 || $0 == 1 })
        #expect((0..<8).allSatisfy { features.row($0).reduce(0, +) == 2 }, "one of sizes and one of kinds")
        #expect(split.imageSize == nil && split.finding.record == "a row of 2 columns as 8 features")
    }

    @Test("What cannot be trained on a table is refused")
    func badTable() throws {
        let scratch = try Scratch()
        let file = try csv(scratch)
        #expect(
            try refusal(Self.table("family: gan", file)).contains("'a': a gan's samples are judged as images"))
        #expect(
            try refusal(Self.table("family: transformer", file)).contains("a transformer cannot be trained on table"))
        #expect(
            try refusal(Self.table("family: classifier", file, label: ""))
                .contains("a classifier needs records with at least two classes"))
        #expect(
            try refusal(Self.table("family: variational-autoencoder, conditional: true", file, label: ""))
                .contains("a conditional model needs records with at least two classes"))
        #expect(
            try refusal(Self.table("family: autoencoder, convolutional: {channels: [2]}", file))
                .contains("convolutional: expected images, found a table"))
        #expect(
            try refusal(
                Self.head + "  - id: a\n    data: table\n" + """
                        model: {family: classifier}
                        training: {epochs: 1, batch: 4, rate: 0.01}

                    """
            ).contains("table: required by victim 'a'"))
    }

    // MARK: Training

    @Test("A number of steps takes the place of passes; the control has neither")
    func steps() throws {
        let yaml = Self.head + TinyExperiment.autoencoder.replacing("epochs: 2", with: "steps: 5")
        let plan = try TinyExperiment.plan(yaml)
        let trained = try victim("autoencoder", of: plan)
        #expect(trained.recipe.steps(50) == 5 && trained.recipe.steps(5000) == 5 && !trained.spec.isControl)
        let control = try victim("autoencoder-untrained", of: plan)
        #expect(control.spec.isControl && control.recipe.steps(50) == 0)
        let both = Self.head + TinyExperiment.autoencoder.replacing("epochs: 2", with: "epochs: 2, steps: 5")
        #expect(try refusal(both).contains("training.steps: expected either steps or epochs, found both"))
        let none = Self.head + TinyExperiment.autoencoder.replacing("epochs: 2", with: "steps: 0")
        #expect(try refusal(none).contains("training.steps: expected a number from 1"))
    }

    @Test("Phases may have rates of their own; an unknown phase is one clear error wherever it stands")
    func rates() throws {
        func gan(_ rates: String) -> String {
            Self.head + TinyExperiment.gan.replacing("beta1: 0.5", with: "beta1: 0.5, rates: \(rates)")
        }
        let recipe = try victim("gan", of: TinyExperiment.plan(gan("{generator: 0.125}"))).recipe
        #expect(recipe.optimisers?["generator"] == .adam(rate: 0.125, beta1: 0.5, beta2: 0.999, decay: 0))
        #expect(recipe.optimisers?.count == 1)
        #expect(
            try refusal(gan("{generatr: 0.1}"))
                .contains("victims: the training of 'gan'.rates: expected phases among discriminator, generator, found")
        )
        #expect(try refusal(gan("{generator: 0}")).contains("training.rates: expected numbers from 1e-08 to 10"))
        let shadows =
            Self.head
            + TinyExperiment.vae.replacing(
                "{count: 2}", with: "{count: 2, training: {epochs: 1, batch: 8, rate: 0.1, rates: {encoder: 0.1}}}")
        #expect(
            try refusal(shadows).contains("the training of the shadows of 'vae'.rates: expected phases among model"))
        let student =
            Self.head
            + TinyExperiment.vae.replacing(
                "budgets: [20, 40]",
                with: "budgets: [20], training: {epochs: 1, batch: 8, rate: 0.1, rates: {encoder: 0.1}}")
        #expect(
            try refusal(student)
                .contains("the training of answer-distillation on 'vae'.rates: expected phases among model"))
    }

    // MARK: Models

    @Test("A conditional variational autoencoder is told as many classes as there are, with activations per layer")
    func conditional() throws {
        let yaml =
            Self.head
            + TinyExperiment.vae.replacing(
                "hidden: [16]", with: "hidden: [16, 8], conditional: true, activations: [tanh, relu]")
        let architecture = try victim("vae", of: TinyExperiment.plan(yaml)).recipe.architecture
        let expected = VariationalAutoencoder(
            inputs: 784, hidden: [16, 8], latents: 4, dropout: 0, convolutions: nil, classes: 10,
            activations: [.tanh, .relu])
        #expect(architecture == .variationalAutoencoder(expected))
    }

    @Test(
        "What only one family has is refused elsewhere",
        arguments: [
            (
                "family: autoencoder, conditional: true",
                "model.conditional: expected a variational-autoencoder, found a autoencoder"
            ),
            (
                "family: autoencoder, hidden: [4], activations: [tanh]",
                "model.activations: expected one of"
            ),
            (
                "family: variational-autoencoder, hidden: [4], activations: [tanh, relu]",
                "per hidden layer of a variational-autoencoder without convolutions, found tanh, relu"
            ),
            (
                "family: variational-autoencoder, hidden: [4], activations: [tanhh]",
                "model.activations: expected one of"
            ),
            (
                "family: variational-autoencoder, hidden: [4], activations: [tanh], convolutional: {channels: [2]}",
                "without convolutions"
            ),
            (
                "family: autoencoder, convolutional: {channels: [2], pooling: 2}",
                "model.convolutional: pooling cannot be undone: expected a classifier, found a autoencoder"
            ),
            (
                "family: variational-autoencoder, convolutional: {channels: [2], pooling: 2}",
                "pooling cannot be undone"
            ),
        ])
    func otherFamilies(_ model: String, _ says: String) throws {
        let yaml =
            Self.head
            + TinyExperiment.autoencoder.replacing(
                "family: autoencoder, hidden: [16], latents: 4", with: model)
        let line = try refusal(yaml)
        #expect(line.contains(says), "\(line)")
    }

    private func classifier(_ model: String, _ training: String = "epochs: 1, batch: 16, rate: 0.01") -> String {
        Self.head + """
              - id: classifier
                model: {family: classifier, \(model)}
                training: {\(training)}

            """
    }

    private func network(_ yaml: String) throws -> Classifier {
        guard
            case .classifier(let network) = try victim("classifier", of: TinyExperiment.plan(yaml)).recipe.architecture
        else { throw SpecError("no classifier") }
        return network
    }

    @Test("A tempered sigmoid is tanh unless told otherwise, and pooled squares may overlap")
    func tempered() throws {
        let layers = "channels: [2], stride: 1, padding: 0, pooling: 2, poolingStride: 1"
        let tanh = try network(classifier("convolutional: {\(layers), activation: tempered-sigmoid}"))
        #expect(tanh.convolutions?.activation == .temperedSigmoid(scale: 2, temperature: 2, offset: 1))
        #expect(tanh.convolutions?.layers.map(\.poolingStride) == [1])
        let other = try network(
            classifier("convolutional: {\(layers), activation: tempered-sigmoid, tempered: {scale: 1.5, offset: 0.7}}"))
        #expect(other.convolutions?.activation == .temperedSigmoid(scale: 1.5, temperature: 2, offset: 0.7))
        let line = try refusal(classifier("convolutional: {\(layers), tempered: {scale: 1.5}}"))
        #expect(line.contains("tempered: expected the activation tempered-sigmoid, found relu"), "\(line)")
    }

    @Test("Scattering features stand before a linear model, or before convolutions of a quarter of the images")
    func scattering() throws {
        let linear = try network(classifier("scattering: {}"))
        #expect(linear.scattering == ScatteringFeatures(height: 28, width: 28, groups: 27))
        #expect(linear.hidden.isEmpty && linear.inputs == 784)
        let deep = try network(classifier("scattering: {groups: 9}, hidden: [5], convolutional: {channels: [3]}"))
        #expect(deep.convolutions.map { [$0.height, $0.width, $0.channels] } == [7, 7, 81])
        for (wrong, says) in [
            ("scattering: {groups: 2}", "groups: expected a divisor of the 81 channels, found 2"),
            ("scattering: {grups: 3}", "did you mean 'groups'?"),
        ] {
            let line = try refusal(classifier(wrong))
            #expect(line.contains(says), "\(line)")
        }
        let family = try refusal(
            Self.head
                + TinyExperiment.autoencoder.replacing("hidden: [16], latents: 4", with: "latents: 4, scattering: {}"))
        #expect(family.contains("scattering: expected a classifier, found a autoencoder"), "\(family)")
        let tiny = classifier("scattering: {}").replacing("candidates: 100,", with: "candidates: 100, shrink: 4,")
        #expect(try refusal(tiny).contains("at least 8 pixels a side, found 7x7"))
    }

    @Test("Gradient descent is asked for by name, and momentum is its own")
    func descent() throws {
        let training = "epochs: 1, batch: 16, rate: 16, optimiser: sgd, momentum: 0.9"
        let plan = try TinyExperiment.plan(classifier("hidden: [4]", training))
        #expect(try victim("classifier", of: plan).recipe.optimiser == .sgd(rate: 16, momentum: 0.9))
        for (wrong, says) in [
            ("epochs: 1, batch: 16, rate: 0.1, momentum: 0.9", "momentum: expected 'optimiser: sgd' with it"),
            ("epochs: 1, batch: 16, rate: 16", "expected"), ("epochs: 1, batch: 16, rate: 1, optimiser: sgdd", "sgd"),
        ] {
            let line = try refusal(classifier("hidden: [4]", wrong))
            #expect(line.contains(says), "\(line)")
        }
    }

    @Test("A published split needs both parts and has no rate")
    func publishedSplit() throws {
        let one = classifier("hidden: [4]").replacing(
            "id: classifier\n", with: "id: classifier\n    split: published\n")
        #expect(try refusal(one).contains("a published split needs both parts"))
        let both = one.replacing("candidates: 100,", with: "candidates: 100, parts: all,")
        let rate = both.replacing("split: published\n", with: "split: published\n    memberRate: 0.5\n")
        #expect(try refusal(rate).contains("memberRate: a published split has its own rate"))
        // The committed images have no part to test on.
        #expect(throws: DatasetError.self) { try TinyExperiment.plan(both) }
        let own = both.replacing("dataset: fashion-mnist-small", with: "dataset: 'idx:/a'")
        #expect(throws: (any Error).self) { try TinyExperiment.plan(own) }
    }

    @Test("A classifier may pool")
    func pooling() throws {
        let yaml =
            Self.head + """
                  - id: classifier
                    model: {family: classifier, hidden: [4], convolutional: {channels: [2], stride: 1, pooling: 2}}
                    training: {epochs: 1, batch: 16, rate: 0.01}

                """
        let architecture = try victim("classifier", of: TinyExperiment.plan(yaml)).recipe.architecture
        guard case .classifier(let network) = architecture else {
            Issue.record("\(architecture)")
            return
        }
        #expect(network.convolutions?.layers.map(\.pooling) == [2])
    }
}
