public import Autograd
public import Tensors

/// A decoder-only transformer over tokens: pre-norm, an expansion by four.
///
/// - Source: Radford et al. 2019 (GPT-2), with an untied head by default. Rotary positions after Su et al. 2021.
public struct Transformer: Network {
    /// How a token learns where it stands.
    public enum Positions: String, Codable, Sendable, CaseIterable {
        /// A learned vector per position is added to the token's.
        case learned
        /// Queries and keys are turned by their position, halves of a head being a pair (`RotaryPositions`).
        case rotary
    }
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
    /// How a token learns where it stands.
    public var positions: Positions
    /// The norm before attention, perceptron and head.
    public var norm: Normalisation
    /// The activation of the perceptrons.
    public var activation: Activation
    /// Whether the affine maps of the blocks have biases.
    public var hasBias: Bool
    /// Whether the norms have biases.
    public var hasNormBias: Bool

    /// Creates a transformer; the defaults are GPT-2's form.
    ///
    /// Rotary positions need heads of even width.
    public init(
        vocabulary: Int, context: Int, layers: Int, heads: Int, width: Int, isTied: Bool = false, dropout: Float = 0,
        positions: Positions = .learned, norm: Normalisation = .layer, activation: Activation = .gelu,
        hasBias: Bool = true, hasNormBias: Bool = true
    ) {
        self.vocabulary = vocabulary
        self.context = context
        self.layers = layers
        self.heads = heads
        self.width = width
        self.isTied = isTied
        self.dropout = dropout
        self.positions = positions
        self.norm = norm
        self.activation = activation
        self.hasBias = hasBias
        self.hasNormBias = hasNormBias
    }

    /// Draws N(0, 0.02²) weights, those that write to the residual stream scaled by 1/√(2·layers).
    public func initialParameters(_ random: RandomStream) -> Parameters {
        var parameters = Parameters()
        func draw(_ name: String, _ shape: [Int], _ deviation: Float = 0.02) {
            parameters[name] = random[name].normalTensor(shape, deviation: deviation)
        }
        func affine(_ name: String, _ outputs: Int, _ inputs: Int, _ deviation: Float = 0.02) {
            draw("\(name).weight", [outputs, inputs], deviation)
            if hasBias { parameters["\(name).bias"] = .zeros([outputs]) }
        }
        func norm(_ name: String) {
            parameters["\(name).weight"] = Tensor(repeating: 1, shape: [width])
            if hasNormBias { parameters["\(name).bias"] = .zeros([width]) }
        }
        let residual = 0.02 / Float(2 * layers).squareRoot()
        draw("wte.weight", [vocabulary, width])
        if positions == .learned { draw("wpe.weight", [context, width]) }
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

    /// The angles of the first `length` positions; `nil` where positions are learned.
    func rotation(_ length: Int) -> RotaryPositions? {
        positions == .rotary ? RotaryPositions(length: length, heads: heads, width: width) : nil
    }

    /// Returns the logits of the token after each position.
    ///
    /// - Shapes: tokens [sequences·length] → [sequences·length, vocabulary].
    public func logits(
        _ tokens: [Int32], length: Int, _ parameters: BoundParameters, dropping random: RandomStream? = nil
    ) -> Variable {
        precondition(length <= context, "a sequence of \(length) in a context of \(context)")
        let shape = AttentionShape(sequences: tokens.count / max(length, 1), length: length, heads: heads, width: width)
        let rotation = rotation(length)
        var x = embedding(tokens, parameters["wte.weight"])
        if rotation == nil { x = addPositions(x, parameters["wpe.weight"], length: length) }
        for (layer, block) in blocks(parameters).enumerated() {
            x = apply(block, x, dropping: random?[layer]) { packed in
                attention(rotation.map { rotate(packed, $0, length: length) } ?? packed, shape)
            }
        }
        return head(x, parameters)
    }

    /// An affine map or a norm.
    struct Map {
        let weight: Variable
        let bias: Variable?
    }

    /// The parameters of one block, found by their names once.
    struct Block {
        let norms: (attention: Map, perceptron: Map)
        let attention: (expansion: Map, projection: Map)
        let perceptron: (expansion: Map, projection: Map)
    }

    /// The parameters of all blocks.
    func blocks(_ parameters: BoundParameters) -> [Block] {
        (0..<layers).map { layer in
            func map(_ name: String) -> Map { self.map("h.\(layer).\(name)", parameters) }
            return Block(
                norms: (map("ln_1"), map("ln_2")), attention: (map("attn.c_attn"), map("attn.c_proj")),
                perceptron: (map("mlp.c_fc"), map("mlp.c_proj")))
        }
    }

    private func map(_ name: String, _ parameters: BoundParameters) -> Map {
        Map(weight: parameters["\(name).weight"], bias: parameters.optional("\(name).bias"))
    }

    /// One block: x + projection(attend(qkv(norm x))), then x + projection(activation(expansion(norm x))).
    func apply(
        _ block: Block, _ x: Variable, dropping random: RandomStream?, attend: (Variable) -> Variable
    ) -> Variable {
        func affine(_ x: Variable, _ map: Map, _ activation: Activation = .identity) -> Variable {
            linear(x, map.weight, map.bias, activation)
        }
        func dropped(_ x: Variable, _ purpose: String) -> Variable {
            random.map { Autograd.dropout(x, rate: dropout, random: $0[purpose]) } ?? x
        }
        let packed = affine(normed(x, block.norms.attention), block.attention.expansion)
        let y = x + dropped(affine(attend(packed), block.attention.projection), "attention")
        let expanded = affine(normed(y, block.norms.perceptron), block.perceptron.expansion, activation)
        return y + dropped(affine(expanded, block.perceptron.projection), "perceptron")
    }

    private func normed(_ x: Variable, _ map: Map) -> Variable {
        normalise(x, gain: map.weight, bias: map.bias, kind: norm)
    }

    /// The final norm and the projection to the vocabulary.
    func head(_ x: Variable, _ parameters: BoundParameters) -> Variable {
        linear(normed(x, map("ln_f", parameters)), parameters[isTied ? "wte.weight" : "lm_head.weight"])
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
        let (given, predicted) = batch.givenAndPredicted
        let logits = logits(given, length: length, parameters, dropping: random)
        let losses = batch.targets.map { crossEntropy(logits, targets: $0) } ?? crossEntropy(logits, predicted)
        return reshape(losses, [batch.count, length])
    }
}

extension Transformer {
    /// Decodes the hyperparameters; what a checkpoint does not mention has GPT-2's form.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            vocabulary: try values.decode(Int.self, forKey: .vocabulary),
            context: try values.decode(Int.self, forKey: .context),
            layers: try values.decode(Int.self, forKey: .layers), heads: try values.decode(Int.self, forKey: .heads),
            width: try values.decode(Int.self, forKey: .width), isTied: try values.decode(Bool.self, forKey: .isTied),
            dropout: try values.decode(Float.self, forKey: .dropout),
            positions: try values.decodeIfPresent(Positions.self, forKey: .positions) ?? .learned,
            norm: try values.decodeIfPresent(Normalisation.self, forKey: .norm) ?? .layer,
            activation: try values.decodeIfPresent(Activation.self, forKey: .activation) ?? .gelu,
            hasBias: try values.decodeIfPresent(Bool.self, forKey: .hasBias) ?? true,
            hasNormBias: try values.decodeIfPresent(Bool.self, forKey: .hasNormBias) ?? true)
    }
}
