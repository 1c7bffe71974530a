import Datasets
import Models
import Tensors
import Testing

@testable import Experiments

@Suite("Defences that cost no noise")
struct DefenceSpecTests {
    private static let text = """
        name: tiny
        seed: 7
        text: {dataset: sotu-excerpt, window: 32, candidates: 80, population: 90}
        victims:
          - id: gpt
            model: {family: transformer, layers: 1, heads: 2, width: 8}
            training: {epochs: 1, batch: 16, rate: 0.003}
            canaries: {pattern: "the code is ####", perLevel: 2, insertions: [1, 3], alternatives: 20}
            attacks: [{attack: loss-threshold, signal: token-loss}]
          - {id: unique, like: gpt, deduplicate: 12, attacks: [{attack: loss-threshold, signal: token-loss}]}

        """
    private static let images = """
        name: tiny
        seed: 7
        images: {dataset: fashion-mnist-small, candidates: 100, population: 20}
        victims:
          - id: classifier
            model: {family: classifier, hidden: [16]}
            training: {epochs: 1, batch: 16, rate: 0.002}
            shadows: {count: 2}
            attacks: [{attack: loss-threshold, signal: logit-confidence}]

        """

    @Test("Deduplication leaves out what repeats a span, on both sides of the split, and planted secrets but for one")
    func deduplication() throws {
        let plan = try TinyExperiment.plan(Self.text)
        let (whole, unique) = (plan.victims[0], plan.victims[1])
        let texts = unique.training.texts
        #expect(Deduplication(texts, span: 12).kept.count == texts.count)
        #expect(unique.left > 0 && unique.training.count + unique.left == whole.training.count)
        // A record that stays is on the side that it was on.
        let kept = Deduplication(whole.split.candidates.texts, span: 12).kept
        #expect(kept.map { whole.membership[$0] } == unique.membership)
        #expect(unique.split.candidates.texts == kept.map { whole.split.candidates.texts[$0] })
        #expect(unique.split.key != whole.split.key && unique.defence.hasPrefix("deduplication of spans of 12 tokens"))
    }

    @Test("Smoothed labels are what a classifier and its shadows train on, and a key of their own")
    func smoothing() throws {
        func plan(_ training: String) throws -> Plan {
            try TinyExperiment.plan(
                Self.images.replacing("rate: 0.002}", with: "rate: 0.002\(training)}"))
        }
        let (plain, smoothed) = (try plan(""), try plan(", smoothing: 0.2"))
        #expect(plain.victims[0].training.targets == nil)
        let targets = try #require(smoothed.victims[0].training.targets)
        #expect(abs((targets.values.max() ?? 0) - 0.82) < 1e-6 && abs((targets.values.min() ?? 0) - 0.02) < 1e-6)
        for (one, other) in zip(plain.stages, smoothed.stages) where one.kind == .shadow || one.kind == .victim {
            // The untrained control is trained on nothing, smoothed or not.
            if !one.id.hasSuffix("-untrained") { #expect(one.key != other.key, "\(one.id)") }
        }
        #expect(smoothed.victims[0].defence == "label smoothing by 0.2")
    }

    @Test("Each is refused where it means nothing", arguments: [true, false])
    func misuse(isText: Bool) {
        let yaml =
            isText
            ? Self.text.replacing("rate: 0.003}", with: "rate: 0.003, smoothing: 0.1}")
            : Self.images.replacing("shadows: {count: 2}", with: "deduplicate: 8")
        let reason = isText ? "only a classifier's labels can be smoothed" : "only text has spans of tokens"
        #expect { try TinyExperiment.plan(yaml) } throws: { "\($0)".contains(reason) }
    }
}
