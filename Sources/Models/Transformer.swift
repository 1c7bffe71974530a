public import Autograd
public import Tensors

/// A decoder-only transformer over characters: pre-norm, learned positions, GELU.
///
/// - Source: Radford et al. 2019 (GPT-2), with an untied head by default.
public struct Transformer: Network {
    /// The number of tokens.
    public var vocabulary: Int
    /// The longest sequence.
    public var context: Int
    /// The number of blocks.
    public var layers: Int
    /// The number of heads.
    public var heads: Int
    /// The width of the residual stream.
    public var width: Int
    /// Whether the head is the token embedding.
    public var isTied: Bool
    /// The share of each block's output dropped in training.
    public var dropout: Float

    /// Creates a transformer.
    public init(
        vocabulary: Int, context: Int, layers: Int, heads: Int, width: Int, isTied: Bool = false, dropout: Float = 0
    ) {
        self.vocabulary = vocabulary
        self.context = context
        self.layers = layers
        self.heads = heads
        self.width = width
        self.isTied = isTied
        self.dropout = dropout
    }

    /// Draws N(0, 0.02²) weights, those that write to the residual stream scaled by 1/√(2·layers).
    public func initialParameters(_ random: RandomStream) -> Parameters {
        var parameters = Parameters()
        func draw(_ name: String, _ shape: [Int], _ deviation: Float = 0.02) {
            parameters[name] = random[name].normalTensor(shape, deviation: deviation)
        }
        func affine(_ name: String, _ outputs: Int, _ inputs: Int, _ deviation: Float = 0.02) {
            draw("\(name).weight", [outputs, inputs], deviation)
            parameters["\(name).bias"] = .zeros([outputs])
        }
        func norm(_ name: String) {
            parameters["\(name).weight"] = Tensor(repeating: 1, shape: [width])
            parameters["\(name).bias"] = .zeros([width])
        }
        let residual = 0.02 / Float(2 * layers).squareRoot()
        draw("wte.weight", [vocabulary, width])
        draw("wpe.weight", [context, width])
        for layer in 0..<layers {
            let name = "h.\(layer)"
            norm("\(name).ln_1")
            affine("\(name).attn.c_attn", 3 * width, width)
            affine("\(name).attn.c_proj", width, width, residual)
            norm("\(name).ln_2")
            affine("\(name).mlp.c_fc", 4 * width, width)
            affine("\(name).mlp.c_proj", width, 4 * width, residual)
        }
        norm("ln_f")
        if !isTied { draw("lm_head.weight", [vocabulary, width]) }
        return parameters
    }

    /// Returns the logits of the token after each position.
    ///
    /// - Shapes: tokens [sequences·length] → [sequences·length, vocabulary].
    public func logits(
        _ tokens: [Int32], length: Int, _ parameters: BoundParameters, dropping random: RandomStream? = nil
    ) -> Variable {
        precondition(length <= context, "a sequence of \(length) in a context of \(context)")
        let shape = AttentionShape(sequences: tokens.count / max(length, 1), length: length, heads: heads, width: width)
        var x = addPositions(embedding(tokens, parameters["wte.weight"]), parameters["wpe.weight"], length: length)
        for layer in 0..<layers {
            x = block(layer, x, parameters, dropping: random?[layer]) { attention($0, shape) }
        }
        return head(x, parameters)
    }

    /// One block: x + projection(attend(qkv(norm x))), then x + projection(GELU(expansion(norm x))).
    func block(
        _ layer: Int, _ x: Variable, _ parameters: BoundParameters, dropping random: RandomStream?,
        attend: (Variable) -> Variable
    ) -> Variable {
        func affine(_ x: Variable, _ name: String, _ activation: Activation = .identity) -> Variable {
            linear(
                x, parameters["h.\(layer).\(name).weight"], parameters["h.\(layer).\(name).bias"], activation)
        }
        func norm(_ x: Variable, _ name: String) -> Variable {
            normalise(
                x, gain: parameters["h.\(layer).\(name).weight"], bias: parameters["h.\(layer).\(name).bias"])
        }
        func dropped(_ x: Variable, _ purpose: String) -> Variable {
            random.map { Autograd.dropout(x, rate: dropout, random: $0[purpose]) } ?? x
        }
        let attended = affine(attend(affine(norm(x, "ln_1"), "attn.c_attn")), "attn.c_proj")
        let y = x + dropped(attended, "attention")
        let expanded = affine(norm(y, "ln_2"), "mlp.c_fc", .gelu)
        return y + dropped(affine(expanded, "mlp.c_proj"), "perceptron")
    }

    /// The final norm and the projection to the vocabulary.
    func head(_ x: Variable, _ parameters: BoundParameters) -> Variable {
        let normed = normalise(x, gain: parameters["ln_f.weight"], bias: parameters["ln_f.bias"])
        return linear(normed, parameters[isTied ? "wte.weight" : "lm_head.weight"])
    }

    /// Returns the mean negative log-likelihood per predicted token of each window, in nats.
    ///
    /// The first token of a window is given, the other `window − 1` are predicted. With targets, the loss is the
    /// cross-entropy against those distributions instead (distillation).
    public func losses(_ phase: Phase, _ batch: Records, _ parameters: BoundParameters, _ random: RandomStream)
        -> Variable
    {
        let perToken = tokenLosses(batch, parameters, dropping: dropout > 0 ? random : nil)
        return rowSums(perToken) * (1 / Float(batch.window - 1))
    }

    /// Returns the negative log-likelihood of each predicted token, shape [count, window − 1], in nats.
    public func tokenLosses(_ batch: Records, _ parameters: BoundParameters, dropping random: RandomStream? = nil)
        -> Variable
    {
        let length = batch.window - 1
        let windows = (0..<batch.count).map { batch.tokens[$0 * batch.window..<($0 + 1) * batch.window] }
        let logits = logits(windows.flatMap { $0.dropLast() }, length: length, parameters, dropping: random)
        let losses =
            batch.targets.map { crossEntropy(logits, targets: $0) }
            ?? crossEntropy(logits, windows.flatMap { $0.dropFirst() })
        return reshape(losses, [batch.count, length])
    }
}
