import Autograd
import Datasets
import Models
import Tensors
import ThreatModel

/// Tiny untrained models of every family, and a question of every kind to each.
enum ServedModels {
    static let width = 20
    static let latents = 5
    static let vocabulary = 20
    static let context = 12

    /// A model and the questions that it can be asked.
    struct Case: Sendable, CustomStringConvertible {
        var description: String
        var model: Model
        var tokeniser: Tokeniser?
        var queries: [Query]
    }

    static let random = RandomStream(seed: 77)

    static func model(_ name: String) throws -> Case {
        let architecture: Architecture
        switch name {
        case "classifier": architecture = .classifier(Classifier(inputs: width, hidden: [16], classes: 4))
        case "autoencoder":
            architecture = .autoencoder(Autoencoder(inputs: width, hidden: [16], latents: latents))
        case "variational":
            architecture = .variationalAutoencoder(
                VariationalAutoencoder(inputs: width, hidden: [16], latents: latents))
        case "conditional":
            architecture = .variationalAutoencoder(
                VariationalAutoencoder(inputs: width, hidden: [16], latents: latents, classes: 3))
        case "gan":
            architecture = .generativeAdversarialNetwork(
                GenerativeAdversarialNetwork(
                    inputs: width, generatorHidden: [16], discriminatorHidden: [16], latents: latents))
        default:
            architecture = .transformer(
                Transformer(vocabulary: vocabulary, context: context, layers: 2, heads: 2, width: 16))
        }
        // Weights of an untrained transformer are so small that every token is as likely; these are not.
        var model = Model(untrained: architecture, random[name])
        for parameter in model.parameters.names {
            model.parameters[parameter] = model.parameters[parameter] * 3
        }
        return Case(
            description: name, model: model, tokeniser: name == "transformer" ? try tokeniser() : nil,
            queries: queries(name))
    }

    static let names = ["classifier", "autoencoder", "variational", "conditional", "gan", "transformer"]

    /// Twenty characters, the unknown one included.
    static func tokeniser() throws -> Tokeniser {
        let letters = TextCorpus(documents: [.init(name: "", text: "abcdefghijklmnopqrs")])
        return .characters(try CharacterTokeniser(corpus: letters))
    }

    /// More records than two requests hold.
    static let rows = random["rows"].uniformTensor([600, width])
    /// A class of three for each.
    static let labels = random["labels"].words(600).map { Int32($0 % 3) }
    static let codes = random["codes"].normalTensor([600, latents])

    private static func queries(_ name: String) -> [Query] {
        switch name {
        case "classifier": [.classify(rows), .classify(rows.rows(0..<1)), .classify(rows.rows(0..<256))]
        case "autoencoder": [.encode(rows), .decode(codes)]
        case "variational":
            [.encode(rows), .decode(codes), .sample(count: 300, stream: random["samples"])]
        case "conditional":
            [
                .encode(rows, labels: labels), .sample(count: 300, stream: random["samples"]),
                .sample(count: 7, label: 2, stream: random["samples"]),
            ]
        case "gan":
            [.decode(codes), .sample(count: 300, stream: random["samples"]), .discriminate(rows)]
        default: [.logits(contexts(150, length: 7))] + completions.map { .complete($0) }
        }
    }

    /// Contexts of one length.
    static func contexts(_ count: Int, length: Int) -> [[Int32]] {
        let words = random["contexts"].words(count * length)
        return (0..<count).map { text in
            (0..<length).map { Int32(words[text * length + $0] % UInt32(vocabulary)) }
        }
    }

    /// Requests that use everything there is to ask, for 150 prompts of one length and of many.
    static let completions: [CompletionQuery] = {
        let even = contexts(150, length: 5)
        let uneven = even.enumerated().map { index, prompt in Array(prompt.prefix(1 + index % 5)) }
        let warm = SamplingRule(temperature: 0.7, topK: 15, topP: 0.9)
        let plain = CompletionQuery(prompts: even, maxTokens: 4)
        let sampled = CompletionQuery(prompts: even, maxTokens: 4, rule: warm, stream: random["draws"])
        var mixed = CompletionQuery(prompts: uneven, maxTokens: 5, rule: warm, stream: random["draws"])
        mixed.choices = 3
        var told = mixed
        (told.logProbabilities, told.echoes, told.bias) = (5, true, [3: 1.1, 7: -100, 0: -0.3])
        var stopped = mixed
        stopped.stops = ["ab", "c", "qr"]
        var read = CompletionQuery(prompts: uneven, maxTokens: 0)
        (read.logProbabilities, read.echoes) = (20, true)
        return [plain, sampled, mixed, told, stopped, read]
    }()
}
