import Autograd
import Foundation
public import Tensors

extension Model {
    /// The model as safetensors: parameters by name, the architecture as JSON in the header.
    public func checkpoint(metadata: [String: String] = [:]) throws -> Safetensors {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var file = Safetensors(metadata: metadata)
        file.metadata["architecture"] = String(decoding: try encoder.encode(architecture), as: UTF8.self)
        for name in parameters.names { file.arrays[name] = Safetensors.Array(parameters[name]) }
        return file
    }

    /// Reads a checkpoint.
    ///
    /// - Throws: `Safetensors.Invalid` when the architecture is missing or a parameter is missing, superfluous or of
    ///   another shape than the architecture's.
    public init(checkpoint file: Safetensors) throws {
        guard let json = file.metadata["architecture"] else {
            throw Safetensors.Invalid(
                description: "expected an 'architecture' in the checkpoint's metadata, found none")
        }
        let architecture: Architecture
        do {
            architecture = try JSONDecoder().decode(Architecture.self, from: Data(json.utf8))
        } catch {
            throw Safetensors.Invalid(description: "expected an architecture in the metadata, found \(json)")
        }
        guard architecture.isSound else {
            throw Safetensors.Invalid(description: "expected an architecture of positive widths, found \(json)")
        }
        var parameters = architecture.network.initialParameters(RandomStream(seed: 0))
        for name in parameters.names {
            let array = try file.array(name)
            guard array.shape == parameters[name].shape else {
                throw Safetensors.Invalid(
                    description: "parameter '\(name)': expected \(parameters[name].shape), found \(array.shape)")
            }
            parameters[name] = array.tensor
        }
        if let extra = file.arrays.keys.sorted().first(where: { !parameters.contains($0) }) {
            throw Safetensors.Invalid(description: "parameter '\(extra)' does not belong to this architecture")
        }
        self.init(architecture, parameters)
    }
}

extension Architecture {
    /// Whether a network of these widths can be built: a checkpoint may come from anywhere.
    var isSound: Bool {
        switch self {
        case .autoencoder(let n): Self.areSound([n.inputs, n.latents] + n.hidden, n.dropout)
        case .variationalAutoencoder(let n): Self.areSound([n.inputs, n.latents] + n.hidden, n.dropout)
        case .generativeAdversarialNetwork(let n):
            Self.areSound([n.inputs, n.latents] + n.generatorHidden + n.discriminatorHidden, n.dropout)
        case .transformer(let n):
            Self.areSound([n.vocabulary, n.context, n.layers, n.heads, n.width], n.dropout)
                && n.width % n.heads == 0
        case .classifier(let n): Self.areSound([n.inputs, n.classes] + n.hidden, n.dropout)
        case .decoder(let n): Self.areSound([n.inputs, n.outputs] + n.hidden, 0)
        }
    }

    private static func areSound(_ widths: [Int], _ dropout: Float) -> Bool {
        widths.allSatisfy { (1...1_000_000).contains($0) } && dropout >= 0 && dropout < 1
    }
}
