import Attacks
import Auditing
import Autograd
import Datasets
import Foundation
import Models
import Statistics
import Tensors
import ThreatModel
import Training

/// How well a victim does its job, and something to look at.
struct MeasureStage: Sendable {
    let victim: ResolvedVictim
    let victimStage: String
    let evaluatorStage: String?

    func run(_ context: StageContext) throws {
        let model = try context.model(from: victimStage)
        let record = try context.read(TrainingRecord.self, "training.json", from: victimStage)
        let judge = try evaluatorStage.flatMap { SampleJudge(try context.model(from: $0)) }
        var utility = try utility(model, judge)
        utility.others += record.measures ?? []
        let finding = VictimFinding(
            id: victim.spec.id, family: model.architecture.family, parameters: model.parameters.scalarCount,
            trainingRecords: victim.spec.isControl ? 0 : victim.training.count, steps: record.steps,
            defence: victim.defence, utility: utility, epsilon: record.epsilon)
        try context.write("victim.json", finding)
        var exhibits = record.curves.isEmpty ? [] : [lossCurves(record, model)]
        exhibits += try pictures(model)
        try context.write("exhibits.json", exhibits)
    }

    /// The unit of a loss.
    private var unit: String { victim.spec.data == .table ? "nats per row" : "nats per image" }
    private var members: [Int] { victim.membership.indices.filter { victim.membership[$0] } }
    private var nonMembers: [Int] { victim.membership.indices.filter { !victim.membership[$0] } }

    private func utility(_ model: Model, _ judge: SampleJudge?) throws -> Utility {
        switch model.architecture {
        case .autoencoder: return try lossUtility(model, .reconstructionError, "binary cross-entropy", unit)
        case .variationalAutoencoder:
            var utility = try lossUtility(model, .negativeELBO, "−ELBO", unit)
            utility.others = try judge.map { try sampleMeasures(model, $0) } ?? []
            return utility
        case .generativeAdversarialNetwork: return try generatorUtility(model, judge)
        case .classifier(let network): return classifierUtility(model, network)
        default:
            return try languageUtility(model)
        }
    }

    private func languageUtility(_ model: Model) throws -> Utility {
        guard let tokeniser = victim.split.tokeniser else { throw SpecError("text: required by '\(victim.spec.id)'") }
        let unit = "nats per \(tokeniser.unit)"
        var utility = try lossUtility(model, .tokenLoss, "cross-entropy", unit)
        let bigram = BigramModel(
            training: [victim.training, victim.split.population], vocabulary: tokeniser.count)
        let held = victim.split.candidates.gather(nonMembers)
        let reference = bigram.loss(held)
        utility.others = [
            Measure(
                name: "below a bigram model", value: reference - utility.heldOut, unit: unit, control: reference,
                controlName: "the bigram model's loss")
        ]
        guard case .bytePairs = tokeniser else { return utility }
        // Losses per token of different tokenisers cannot be compared.
        let scale = try tokeniser.tokensPerCharacter(held)
        utility.others.append(
            Measure(
                name: "held out, per character", value: utility.heldOut * scale, unit: "nats per character",
                control: reference * scale, controlName: "the bigram model's loss"))
        return utility
    }

    private func lossUtility(_ model: Model, _ signal: Signal, _ metric: String, _ unit: String) throws -> Utility {
        func mean(_ indices: [Int]) throws -> Double {
            let values = try signal.values(of: model, on: victim.split.candidates.gather(indices))
            return values.reduce(0, +) / Double(max(values.count, 1))
        }
        return Utility(metric: metric, unit: unit, training: try mean(members), heldOut: try mean(nonMembers))
    }

    private func classifierUtility(_ model: Model, _ network: Classifier) -> Utility {
        let seen = network.prepared(victim.split.candidates.gather(members))
        let held = network.prepared(victim.split.candidates.gather(nonMembers))
        func mean(_ records: Records) -> Double {
            let losses = evaluate(model.parameters, on: records) { bound, batch in
                network.losses(network.phases[0], batch, bound, RandomStream(seed: 0))
            }
            return losses.sum() / Double(max(losses.count, 1))
        }
        func accuracy(_ records: Records) -> Double {
            SampleJudge(model)?.accuracy(records.requiredFeatures, records.labels ?? []) ?? 0
        }
        return Utility(
            metric: "cross-entropy", unit: unit, training: mean(seen), heldOut: mean(held),
            others: [
                Measure(
                    name: "accuracy", value: accuracy(held), unit: "on non-members",
                    control: 1 / Double(network.classes), controlName: "chance"),
                Measure(name: "training accuracy", value: accuracy(seen), unit: "on members"),
            ])
    }

    private func generatorUtility(_ model: Model, _ judge: SampleJudge?) throws -> Utility {
        guard let judge else { throw SpecError("evaluator: required by '\(victim.spec.id)'") }
        let samples = try model.samples(2000, victim.random["judged"])
        let features = victim.split.candidates.requiredFeatures
        return Utility(
            metric: "Fréchet distance of samples", unit: "in the evaluator's features",
            training: judge.frechetDistance(samples, features.gatherRows(members)),
            heldOut: judge.frechetDistance(samples, features.gatherRows(nonMembers)),
            others: try sampleMeasures(model, judge))
    }

    private func sampleMeasures(_ model: Model, _ judge: SampleJudge) throws -> [Measure] {
        let samples = try model.samples(2000, victim.random["judged"])
        let candidates = victim.split.candidates
        let held = candidates.gather(nonMembers)
        return [
            Measure(
                name: "classes found", value: Double(judge.classesFound(samples)), unit: "of \(victim.split.classes)"),
            Measure(
                name: "Fréchet distance", value: judge.frechetDistance(samples, held.requiredFeatures), unit: "",
                control: judge.frechetDistance(
                    candidates.gather(members).requiredFeatures, held.requiredFeatures),
                controlName: "members to non-members"),
            Measure(
                name: "evaluator's accuracy",
                value: judge.accuracy(held.requiredFeatures, held.labels ?? []), unit: "on non-members"),
        ]
    }

    private func lossCurves(_ record: TrainingRecord, _ model: Model) -> Exhibit {
        let lines = record.curves.keys.sorted().compactMap { phase in
            record.curves[phase].map { Curves.Line(name: phase, x: $0.steps.map(Double.init), y: $0.losses) }
        }
        let warning =
            record.epsilon == nil || victim.spec.pate != nil
            ? "" : " It is exact, not noised: epsilon does not cover publishing it."
        return Exhibit(
            victim: victim.spec.id, title: "Training loss",
            caption: "The mean loss of each stretch of training, on the records that it was trained on." + warning,
            content: .curves(Curves(xLabel: "step", yLabel: "nats per record", lines: lines)))
    }

    private func pictures(_ model: Model) throws -> [Exhibit] {
        if case .transformer(let network) = model.architecture { return [try text(network, model)] }
        if let encoding = victim.split.table { return try rows(model, encoding) }
        var exhibits: [Exhibit] = []
        let candidates = victim.split.candidates
        if Signal.all(of: model.architecture.family).contains(.reconstructionError) {
            let shown = Array(members.prefix(10))
            let others = Array(nonMembers.prefix(10))
            let rows = [("members", shown), ("non-members", others)]
            let grid = try rows.flatMap { label, indices -> [(String, Tensor)] in
                let records = candidates.gather(indices)
                return [(label, records.requiredFeatures), ("reconstructed", try model.answers(records))]
            }
            exhibits.append(
                exhibit("Reconstructions", "Records and what the model makes of them.", grid))
        }
        if ["gan", "variational-autoencoder"].contains(model.architecture.family) {
            let samples = try model.samples(40, victim.random["shown"])
            let rows = (0..<4).map { ("samples", samples.rows($0 * 10..<($0 + 1) * 10)) }
            exhibits.append(exhibit("Samples", "Forty images drawn from the model, none of them chosen.", rows))
        }
        return exhibits
    }

    private func exhibit(_ title: String, _ caption: String, _ rows: [(String, Tensor)]) -> Exhibit {
        let (width, height) = victim.split.size
        return Exhibit(
            victim: victim.spec.id, title: title, caption: caption,
            content: .images(ImageGrid(rows, width: width, height: height)))
    }

    /// Rows of a table that the model draws, in words.
    private func rows(_ model: Model, _ encoding: TableEncoding) throws -> [Exhibit] {
        guard model.architecture.family == "variational-autoencoder" else { return [] }
        let samples = try model.samples(5, victim.random["shown"])
        return [
            Exhibit(
                victim: victim.spec.id, title: "Samples",
                caption: "Five rows drawn from the model, of each column the likeliest value; none of them chosen.",
                content: .text((0..<5).map { encoding.describe(samples.row($0)) }.joined(separator: "\n\n")))
        ]
    }

    private func text(_ network: Transformer, _ model: Model) throws -> Exhibit {
        guard let tokeniser = victim.split.tokeniser else { throw SpecError("text: required by '\(victim.spec.id)'") }
        let source = victim.split.population.count > 0 ? victim.split.population : victim.split.candidates
        let start = Array(source.tokens.prefix(min(16, network.context / 2)))
        let length = network.context - start.count
        let written = TextGenerator.continuations(
            of: [start, start, start], by: length, network, model.parameters,
            SamplingRule(temperature: 0.7), victim.random["shown"])
        let lines = try written.map { try tokeniser.decode(start) + "|" + tokeniser.decode($0) }
        return Exhibit(
            victim: victim.spec.id, title: "Samples",
            caption: "Three continuations, at temperature 0.7, of the text before the bar; none of them chosen.",
            content: .text(lines.joined(separator: "\n\n")))
    }
}

extension Tokeniser {
    /// How many predicted tokens of windows, which is all but the first, make a character.
    fileprivate func tokensPerCharacter(_ records: Records) throws -> Double {
        let characters = try (0..<records.count).reduce(0) { sum, record in
            let window = records.tokens[record * records.window..<(record + 1) * records.window]
            return sum + (try decode(window.dropFirst()).unicodeScalars.count)
        }
        return Double(records.count * (records.window - 1)) / Double(max(characters, 1))
    }
}

extension ResolvedVictim {
    /// The defence in words.
    var defence: String {
        if spec.isControl { return "untrained control" }
        if let other = otherDefence { return other }
        guard let privacy = spec.privacy else {
            if let span = spec.deduplicate {
                return "deduplication of spans of \(span) tokens, \(left) records left out"
            }
            return spec.defence ?? spec.training.smoothing.map { "label smoothing by \($0)" } ?? "none"
        }
        return privacy.defence
    }
}

extension ImageGrid {
    /// A grid from rows of images in [0, 1].
    init(_ rows: [(label: String, images: Tensor)], width: Int, height: Int) {
        self.init(
            width: width, height: height, rowLabels: rows.map(\.label),
            rows: rows.map { _, images in
                (0..<images.rows).map { row in images.row(row).map { UInt8(max(0, min(255, ($0 * 255).rounded()))) } }
            })
    }
}

/// A bigram model with add-one smoothing: what a language model must beat to be one.
struct BigramModel {
    /// Pairs that come at all: a vocabulary of byte pairs has too many for a table.
    private var counts: [Int: Double] = [:]
    private var totals: [Double]
    private let vocabulary: Int

    init(training: [Records], vocabulary: Int) {
        self.vocabulary = vocabulary
        totals = [Double](repeating: Double(vocabulary), count: vocabulary)
        for records in training {
            forEachPair(records) { first, second in
                counts[first * vocabulary + second, default: 1] += 1
                totals[first] += 1
            }
        }
    }

    /// The mean negative log-likelihood per predicted token, in nats.
    func loss(_ records: Records) -> Double {
        var (sum, count) = (0.0, 0)
        forEachPair(records) { first, second in
            sum -= Foundation.log(counts[first * vocabulary + second, default: 1] / totals[first])
            count += 1
        }
        return sum / Double(max(count, 1))
    }

    private func forEachPair(_ records: Records, _ body: (Int, Int) -> Void) {
        for record in 0..<records.count {
            let start = record * records.window
            for position in start..<start + records.window - 1 {
                body(Int(records.tokens[position]), Int(records.tokens[position + 1]))
            }
        }
    }
}
