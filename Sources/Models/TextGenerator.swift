public import Autograd
public import Tensors

/// Generates text token by token, keeping each block's keys and values.
public struct TextGenerator {
    private let model: Transformer
    private let parameters: BoundParameters
    private let sequences: Int
    private var keys: [Tensor]
    private var values: [Tensor]
    private var position = 0

    /// Prepares to generate `sequences` texts side by side.
    public init(_ model: Transformer, _ parameters: Parameters, sequences: Int) {
        self.model = model
        self.parameters = BoundParameters(parameters, on: Tape(.inference))
        self.sequences = sequences
        let cache = Tensor.zeros([sequences, model.context, model.width])
        keys = Array(repeating: cache, count: model.layers)
        values = keys
    }

    /// Feeds one token to each sequence and returns the logits of the next, shape [sequences, vocabulary].
    ///
    /// - Precondition: fewer than `context` tokens were fed before.
    public mutating func step(_ tokens: [Int32]) -> Tensor {
        precondition(tokens.count == sequences && position < model.context, "step \(position) of \(model.context)")
        let table = parameters["wpe.weight"].value
        var x = embedding(tokens, parameters["wte.weight"]).value
        x.addToRows(table.rows(position..<position + 1))
        var stream = parameters.tape.constant(x)
        let shape = AttentionShape(
            sequences: sequences, length: model.context, heads: model.heads, width: model.width)
        for layer in 0..<model.layers {
            stream = model.block(layer, stream, parameters, dropping: nil) { packed in
                shape.cache(packed.value, keys: &keys[layer], values: &values[layer], position: position)
                let attended = shape.step(
                    packed.value, keys: keys[layer], values: values[layer], filled: position + 1)
                return packed.tape.constant(attended)
            }
        }
        position += 1
        return model.head(stream, parameters).value
    }

    /// How the next token is chosen.
    public enum Choice: Sendable {
        /// The most likely token.
        case greedy
        /// A draw from the softmax of logits/temperature.
        case sampled(temperature: Float, RandomStream)
    }

    /// Continues each prefix by `count` tokens and returns the continuations.
    ///
    /// - Shapes: `prefixes` all of one length ≥ 1; length + count ≤ context + 1.
    public static func continuations(
        of prefixes: [[Int32]], by count: Int, _ model: Transformer, _ parameters: Parameters, _ choice: Choice
    ) -> [[Int32]] {
        guard let length = prefixes.first?.count, count > 0 else { return prefixes.map { _ in [] } }
        precondition(prefixes.allSatisfy { $0.count == length } && length > 0, "prefixes of different lengths")
        var generator = TextGenerator(model, parameters, sequences: prefixes.count)
        var logits = Tensor.zeros([0])
        for position in 0..<length { logits = generator.step(prefixes.map { $0[position] }) }
        var results = prefixes.map { _ in [Int32]() }
        for position in 0..<count {
            let next = choose(logits, choice, position)
            for (sequence, token) in next.enumerated() { results[sequence].append(token) }
            if position < count - 1 { logits = generator.step(next) }
        }
        return results
    }

    private static func choose(_ logits: Tensor, _ choice: Choice, _ position: Int) -> [Int32] {
        guard case .sampled(let temperature, let random) = choice else { return logits.rowArgmax() }
        let probabilities = (logits * (1 / temperature)).softmax()
        return (0..<logits.rows).map { sequence in
            var remaining = Float(random[position].uniform(sequence))
            let row = probabilities.row(sequence)
            for (token, probability) in row.enumerated() {
                remaining -= probability
                if remaining < 0 { return Int32(token) }
            }
            return Int32(row.count - 1)
        }
    }
}
