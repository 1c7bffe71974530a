public import Autograd
public import Tensors

/// Generates text token by token, keeping each block's keys and values.
public struct TextGenerator {
    private let model: Transformer
    private let parameters: BoundParameters
    private let sequences: Int
    private let rotation: RotaryPositions?
    private let blocks: [Transformer.Block]
    private var caches: [AttentionCache]
    private var position = 0

    /// Prepares to generate `sequences` texts side by side.
    public init(_ model: Transformer, _ parameters: Parameters, sequences: Int) {
        self.model = model
        self.parameters = BoundParameters(parameters, on: Tape(.inference))
        self.sequences = sequences
        rotation = model.rotation(model.context)
        blocks = model.blocks(self.parameters)
        let shape = AttentionShape(
            sequences: sequences, length: model.context, heads: model.heads, width: model.width)
        caches = blocks.map { _ in AttentionCache(shape) }
    }

    /// Feeds the beginning of each sequence in one pass and returns the logits of the token after it.
    ///
    /// - Shapes: tokens [sequences·length], sequence after sequence → [sequences, vocabulary].
    /// - Precondition: nothing was fed before; 1 ≤ length ≤ context.
    public mutating func begin(_ tokens: [Int32]) -> Tensor {
        precondition(position == 0 && tokens.count % max(sequences, 1) == 0, "\(tokens.count) tokens to begin with")
        let shape = AttentionShape(
            sequences: sequences, length: tokens.count / max(sequences, 1), heads: model.heads, width: model.width)
        return feed(tokens) { packed, _ in shape.forward(packed) }
    }

    /// Feeds one token to each sequence and returns the logits of the next, shape [sequences, vocabulary].
    ///
    /// - Precondition: fewer than `context` tokens were fed before.
    public mutating func step(_ tokens: [Int32]) -> Tensor {
        precondition(tokens.count == sequences, "\(tokens.count) tokens for \(sequences) sequences")
        return feed(tokens) { packed, cache in cache.attend(packed) }
    }

    /// Feeds as many tokens to each sequence as there are, with attention as given, and takes the last one's logits.
    private mutating func feed(
        _ tokens: [Int32], attend: (_ packed: Tensor, AttentionCache) -> Tensor
    ) -> Tensor {
        let (start, new) = (position, tokens.count / max(sequences, 1))
        precondition(start + new <= model.context, "positions \(start)..<\(start + new) of \(model.context)")
        var stream = embedding(tokens, parameters["wte.weight"])
        if let table = parameters.optional("wpe.weight") {
            stream = addPositions(stream, rows(table, start..<start + new), length: new)
        }
        for (layer, block) in blocks.enumerated() {
            stream = model.apply(block, stream, dropping: nil) { projection in
                var packed = projection.value
                rotation?.rotate(&packed, length: new, from: start)
                caches[layer].append(packed)
                return projection.tape.constant(attend(packed, caches[layer]))
            }
        }
        position += new
        if new > 1 {
            stream = stream.tape.constant(stream.value.gatherRows((0..<sequences).map { $0 * new + new - 1 }))
        }
        return model.head(stream, parameters).value
    }

    /// Continues each prefix by `count` tokens and returns the continuations.
    ///
    /// A draw is addressed by the sequence's number and the token's place in the text, so a sequence does not depend on
    /// those beside it (but for the rounding of matrix products), and a text that is continued in two calls is the text
    /// that is continued in one.
    ///
    /// - Parameters:
    ///   - prefixes: the beginnings, all of one length ≥ 1; length + count ≤ context + 1.
    ///   - count: how many tokens each goes on.
    ///   - model: the transformer.
    ///   - parameters: its parameters.
    ///   - rule: how each token is chosen.
    ///   - random: the draws; token t of sequence s is drawn with `random[s].uniform(t)`.
    ///   - first: the number of the first sequence.
    ///   - batch: how many are generated side by side, which bounds the memory.
    /// - Returns: the continuations without their prefixes.
    public static func continuations(
        of prefixes: [[Int32]], by count: Int, _ model: Transformer, _ parameters: Parameters, _ rule: SamplingRule,
        _ random: RandomStream = RandomStream(seed: 0), from first: Int = 0, batch: Int = 64
    ) -> [[Int32]] {
        guard let length = prefixes.first?.count, count > 0 else { return prefixes.map { _ in [] } }
        precondition(prefixes.allSatisfy { $0.count == length } && length > 0, "prefixes of different lengths")
        return stride(from: 0, to: prefixes.count, by: batch).flatMap { start in
            let part = prefixes[start..<min(start + batch, prefixes.count)]
            let streams = part.indices.map { random[first + $0] }
            var generator = TextGenerator(model, parameters, sequences: part.count)
            var logits = generator.begin(part.flatMap { $0 })
            var results = part.map { _ in [Int32]() }
            for place in length..<length + count {
                let draws = rule.isGreedy ? [] : streams.map { $0.uniform(place) }
                let next = rule.choose(logits, draws: draws)
                for (sequence, token) in next.enumerated() { results[sequence].append(token) }
                if place < length + count - 1 { logits = generator.step(next) }
            }
            return results
        }
    }
}
