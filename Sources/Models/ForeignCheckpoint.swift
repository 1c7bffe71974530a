public import Tensors

/// A PyTorch model's parameters, recognised by their names.
///
/// - Transformers: nanoGPT's and GPT-2's names (`wte`, `wpe`, `h.0.attn.c_attn`…, with or without `transformer.`, stored
///   [out, in] or, as GPT-2's `Conv1D` does, [in, out]), and the short ones `blocks.0.qkv`, `proj`, `fc`, `out`, `lnf`,
///   `head`. Biases may be missing; a head that is missing or equal to the embedding is tied; without `wpe.weight` the
///   positions are rotary.
/// - Autoencoders of perceptrons: one `nn.Sequential` (`0.weight`, `2.weight`…) or two (`encoder.0.weight`,
///   `decoder.0.weight`…), the decoder's widths mirroring the encoder's.
///
/// Sizes follow from shapes. The rest are hints, which the file's metadata may hold under the same names.
public struct ForeignCheckpoint {
    /// What names and shapes cannot say.
    public enum Hint: String, Sendable, CaseIterable {
        /// The number of heads of a transformer.
        case heads
        /// The longest sequence of a transformer with rotary positions.
        case context
        /// The name of the activation, one of `Activation.named`; GPT-2's own layout means gelu.
        case activation
        /// The norm of a transformer: layer, the default, or rms.
        case norm
        /// The number, in its parameters' names, of the layer of an `nn.Sequential` whose output is the code.
        case codeLayer = "code-layer"
        /// The name of the activation of the code; none is the default where nothing stands between it and the decoder.
        case codeActivation = "code-activation"
    }

    private var arrays: [String: Safetensors.Array]
    private let hints: [String: String]

    /// Reads a file's names and hints; hints that are given go before those of the metadata.
    public init(_ file: Safetensors, hints: [Hint: String] = [:]) {
        arrays = [:]
        for (name, array) in file.arrays { arrays[Self.unwrapped(name)] = array }
        let given = hints.map { ($0.key.rawValue, $0.value) }
        self.hints = file.metadata.merging(given) { $1 }
    }

    /// The model.
    ///
    /// - Throws: `Safetensors.Invalid` of one line when the names are unknown, a hint is missing or wrong, or a
    ///   parameter is missing, superfluous or misshapen.
    public func model() throws -> Model {
        var copy = self
        if arrays.keys.contains(where: { $0.hasPrefix("h.") || $0.hasPrefix("blocks.") }) {
            return try copy.transformer()
        }
        if let layers = Layer.all(in: arrays.keys) { return try autoencoder(layers) }
        let found = arrays.keys.sorted().prefix(5).joined(separator: ", ")
        throw invalid(
            "expected a transformer (wte.weight, h.0.attn.c_attn.weight or blocks.0.qkv.weight…) or an autoencoder "
                + "(0.weight… or encoder.0.weight…), found \(found)")
    }

    /// A name without what wrapped the module.
    private static func unwrapped(_ name: String) -> String {
        for wrapper in ["module.", "_orig_mod.", "model.", "transformer."] where name.hasPrefix(wrapper) {
            return unwrapped(String(name.dropFirst(wrapper.count)))
        }
        return name
    }

    private func invalid(_ description: String) -> Safetensors.Invalid { Safetensors.Invalid(description: description) }

    /// The model of an architecture, whose parameters are checked against it.
    private func model(_ architecture: Architecture, _ arrays: [String: Safetensors.Array]) throws -> Model {
        try Model(checkpoint: Safetensors(arrays: arrays), of: architecture)
    }
}

// MARK: Hints

extension ForeignCheckpoint {
    private func missing(_ hint: Hint, _ why: String) -> Safetensors.Invalid {
        let name = hint.rawValue
        return invalid("\(name): \(why); give --\(name), or put '\(name)' into the file's metadata")
    }

    private func number(_ hint: Hint, _ why: String) throws -> Int {
        guard let text = hints[hint.rawValue] else { throw missing(hint, why) }
        guard let number = Int(text), number >= 0 else {
            throw invalid("\(hint.rawValue): expected a number, found '\(text)'")
        }
        return number
    }

    private func activation(_ hint: Hint) throws -> Activation? {
        guard let name = hints[hint.rawValue] else { return nil }
        if name == "none" { return .identity }
        guard let activation = Activation.named[name] else {
            let known = Activation.named.keys.sorted().joined(separator: ", ")
            throw invalid("\(hint.rawValue): expected none, \(known), found '\(name)'")
        }
        return activation
    }

    private func norm() throws -> Normalisation {
        let name = hints[Hint.norm.rawValue] ?? Normalisation.layer.rawValue
        guard let norm = Normalisation(rawValue: name) else {
            throw invalid("norm: expected layer or rms, found '\(name)'")
        }
        return norm
    }
}

// MARK: Transformers

extension ForeignCheckpoint {
    /// The parts of a transformer's names that are called otherwise here.
    private static let synonyms = [
        "blocks": "h", "ln1": "ln_1", "ln2": "ln_2", "lnf": "ln_f", "qkv": "attn.c_attn", "proj": "attn.c_proj",
        "fc": "mlp.c_fc", "out": "mlp.c_proj", "head": "lm_head",
    ]

    private mutating func transformer() throws -> Model {
        renameParts()
        let isTied = try tieHead()
        let embedding = try matrix("wte.weight")
        let isTransposed = try transposeIfConvolutional(width: embedding[1])
        let heads = try number(.heads, "the shapes cannot say the number of heads")
        guard heads > 0, embedding[1] % heads == 0 else {
            throw invalid("heads: expected a divisor of the width \(embedding[1]), found \(heads)")
        }
        guard let activation = try activation(.activation) ?? (isTransposed ? .gelu : nil) else {
            throw missing(.activation, "the shapes cannot say the activation of the perceptrons")
        }
        let hasTable = arrays["wpe.weight"] != nil
        let network = Transformer(
            vocabulary: embedding[0],
            context: try hasTable
                ? matrix("wpe.weight")[0]
                : number(.context, "there is no table of positions wpe.weight, which makes them rotary, of any length"),
            layers: Set(arrays.keys.filter { $0.hasPrefix("h.") }.map { $0.dropFirst(2).prefix { $0 != "." } }).count,
            heads: heads, width: embedding[1], isTied: isTied, positions: hasTable ? .learned : .rotary,
            norm: try norm(), activation: activation, hasBias: arrays["h.0.attn.c_attn.bias"] != nil,
            hasNormBias: arrays["ln_f.bias"] != nil)
        return try model(.transformer(network), arrays)
    }

    /// Gives the parameters their names here, and forgets the masks that GPT-2 exports as buffers.
    private mutating func renameParts() {
        var renamed: [String: Safetensors.Array] = [:]
        for (name, array) in arrays where !name.hasSuffix(".attn.bias") && !name.hasSuffix(".attn.masked_bias") {
            let parts = name.split(separator: ".").map { Self.synonyms[String($0)] ?? String($0) }
            renamed[parts.joined(separator: ".")] = array
        }
        arrays = renamed
    }

    /// Whether head and embedding are one array, of which the file may hold both copies or either.
    private mutating func tieHead() throws -> Bool {
        if let embedding = arrays["wte.weight"], let head = arrays["lm_head.weight"], embedding != head { return false }
        let shared = try arrays["lm_head.weight"] ?? Safetensors(arrays: arrays).array("wte.weight")
        arrays["wte.weight"] = shared
        arrays["lm_head.weight"] = nil
        return true
    }

    /// Turns the weights of the blocks if they are stored [in, out].
    private mutating func transposeIfConvolutional(width: Int) throws -> Bool {
        guard try matrix("h.0.attn.c_attn.weight") == [width, 3 * width] else { return false }
        for (name, array) in arrays where name.hasPrefix("h.") && array.shape.count == 2 {
            arrays[name] = Safetensors.Array(array.tensor.transposed())
        }
        return true
    }

    private func matrix(_ name: String) throws -> [Int] {
        let shape = try Safetensors(arrays: arrays).array(name).shape
        guard shape.count == 2 else { throw invalid("parameter '\(name)': expected a matrix, found \(shape)") }
        return shape
    }
}

// MARK: Autoencoders

extension ForeignCheckpoint {
    /// A layer of an `nn.Sequential`.
    private struct Layer: Hashable, Comparable {
        /// "encoder.", "decoder.", or nothing for a stack that is both.
        var stack: String
        /// Its place, modules without parameters counted.
        var index: Int
        var name: String { "\(stack)\(index)" }

        init?(_ parameter: String) {
            var parts = parameter.split(separator: ".")
            guard let kind = parts.popLast(), kind == "weight" || kind == "bias" else { return nil }
            guard let index = parts.popLast().flatMap({ Int($0) }), parts.count < 2 else { return nil }
            let stack = parts.first.map { "\($0)." } ?? ""
            guard ["", "encoder.", "decoder."].contains(stack) else { return nil }
            (self.stack, self.index) = (stack, index)
        }

        /// The layers that the names belong to, in order; `nil` when a name belongs to none.
        static func all(in names: some Sequence<String>) -> [Layer]? {
            var layers: Set<Layer> = []
            for name in names {
                guard let layer = Layer(name) else { return nil }
                layers.insert(layer)
            }
            return layers.isEmpty ? nil : layers.sorted()
        }

        /// The encoder's layers before the decoder's.
        static func < (a: Layer, b: Layer) -> Bool {
            a.stack == b.stack ? a.index < b.index : a.stack > b.stack
        }
    }

    private func autoencoder(_ layers: [Layer]) throws -> Model {
        let (encoder, decoder, isCodeBare) = try parts(layers)
        let widths = try [encoder, decoder].map { try self.widths($0) }
        let (inputs, latents) = (widths[0][0], widths[0].last ?? 0)
        guard widths[1] == widths[0].reversed() else {
            throw invalid("expected a decoder that mirrors the encoder, found widths \(widths[0]) and \(widths[1])")
        }
        let hidden = Array(widths[0].dropFirst().dropLast())
        let between = try activation(.activation)
        guard let activation = hidden.isEmpty ? .relu : between else {
            throw missing(.activation, "the shapes cannot say the activation between the layers")
        }
        guard let codeActivation = try self.activation(.codeActivation) ?? (isCodeBare ? .identity : nil) else {
            throw missing(.codeActivation, "a module without parameters stands between the code and the decoder")
        }
        var renamed: [String: Safetensors.Array] = [:]
        for (stack, layers) in [("encoder", encoder), ("decoder", decoder)] {
            for (place, layer) in layers.enumerated() {
                let weight = arrays["\(layer.name).weight"]
                renamed["\(stack).\(2 * place).weight"] = weight
                renamed["\(stack).\(2 * place).bias"] =
                    arrays["\(layer.name).bias"] ?? Safetensors.Array(.zeros([weight?.shape[0] ?? 0]))
            }
        }
        return try model(
            .autoencoder(
                Autoencoder(
                    inputs: inputs, hidden: hidden, latents: latents, activation: activation,
                    codeActivation: codeActivation)), renamed)
    }

    /// The two halves, and whether nothing stands between the code and the decoder.
    private func parts(_ layers: [Layer]) throws -> (encoder: [Layer], decoder: [Layer], isCodeBare: Bool) {
        let halves = Dictionary(grouping: layers, by: \.stack)
        if let encoder = halves["encoder."], let decoder = halves["decoder."], halves.count == 2 {
            return (encoder, decoder, decoder[0].index == 0)
        }
        guard layers.allSatisfy({ $0.stack.isEmpty }) else {
            throw invalid("expected layers of an encoder and a decoder, found \(layers.map(\.name))")
        }
        let code = try number(.codeLayer, "the shapes cannot say which of \(layers.map(\.index)) makes the code")
        guard let place = layers.firstIndex(where: { $0.index == code }), place < layers.count - 1 else {
            throw invalid("code-layer: expected one of \(layers.dropLast().map(\.index)), found \(code)")
        }
        return (
            Array(layers[...place]), Array(layers[(place + 1)...]), layers[place + 1].index == code + 1
        )
    }

    /// The widths from input to output of layers that follow each other with an activation between them.
    private func widths(_ layers: [Layer]) throws -> [Int] {
        var widths: [Int] = []
        for layer in layers {
            let shape = try matrix("\(layer.name).weight")
            guard widths.isEmpty || widths.last == shape[1] else {
                throw invalid("layer \(layer.name): expected a weight of \(widths.last ?? 0) inputs, found \(shape)")
            }
            if widths.isEmpty { widths = [shape[1]] }
            widths.append(shape[0])
        }
        for (layer, next) in zip(layers, layers.dropFirst()) where next.index == layer.index + 1 {
            throw invalid("layers \(layer.name) and \(next.name): expected an activation between them, found none")
        }
        return widths
    }
}
