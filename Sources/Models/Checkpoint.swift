import Autograd
import Foundation
public import Tensors

extension Model {
    /// The model as safetensors: parameters by name and in PyTorch's order, the architecture as JSON in the header.
    public func checkpoint(metadata: [String: String] = [:]) throws -> Safetensors {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var file = Safetensors(metadata: metadata)
        file.metadata["architecture"] = String(decoding: try encoder.encode(architecture), as: UTF8.self)
        let orders = architecture.network.channelOrders
        for name in parameters.names {
            file.arrays[name] = Safetensors.Array(orders[name]?.foreign(parameters[name]) ?? parameters[name])
        }
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
        try self.init(checkpoint: file, of: architecture)
    }

    /// Reads the parameters of an architecture.
    init(checkpoint file: Safetensors, of architecture: Architecture) throws {
        guard architecture.isSound else {
            throw Safetensors.Invalid(
                description: "expected positive widths that the heads divide, found \(architecture)")
        }
        var parameters = architecture.network.initialParameters(RandomStream(seed: 0))
        let orders = architecture.network.channelOrders
        for name in parameters.names {
            let array = try file.array(name)
            let expected = orders[name]?.foreignShape ?? parameters[name].shape
            guard array.shape == expected else {
                throw Safetensors.Invalid(
                    description: "parameter '\(name)': expected \(expected), found \(array.shape)")
            }
            parameters[name] = orders[name]?.native(array.tensor) ?? array.tensor
        }
        // PyTorch's batch norm counts its batches; with a fixed momentum nothing depends on that.
        let known = { parameters.contains($0) || $0.hasSuffix(".num_batches_tracked") }
        if let extra = file.arrays.keys.sorted().first(where: { !known($0) }) {
            throw Safetensors.Invalid(description: "parameter '\(extra)' does not belong to this architecture")
        }
        self.init(architecture, parameters)
    }
}

extension Architecture {
    /// Whether a network of these widths can be built: a checkpoint may come from anywhere.
    var isSound: Bool {
        switch self {
        case .autoencoder(let n): Self.areSound([n.inputs, n.latents] + n.hidden, n.dropout) && draws(n.inputs)
        case .variationalAutoencoder(let n):
            Self.areSound([n.inputs, n.latents] + n.hidden, n.dropout) && draws(n.inputs)
                && (0...1_000_000).contains(n.classes) && [1, n.hidden.count].contains(n.activations.count)
        case .generativeAdversarialNetwork(let n):
            Self.areSound([n.inputs, n.latents] + n.generatorHidden + n.discriminatorHidden, n.dropout)
                && draws(n.inputs)
        case .transformer(let n):
            Self.areSound([n.vocabulary, n.context, n.layers, n.heads, n.width], n.dropout)
                && n.width % (n.positions == .rotary ? 2 * n.heads : n.heads) == 0
        case .classifier(let n):
            Self.areSound([n.inputs, n.classes] + n.hidden, n.dropout) && fits(n.scattering?.outputs ?? n.inputs)
                && n.scattering.map { $0.isSound && $0.inputs == n.inputs } ?? true
        case .decoder(let n): Self.areSound([n.inputs, n.outputs] + n.hidden, 0) && draws(n.outputs)
        }
    }

    /// Whether the convolutions, if there are any, work on so many pixels.
    private func fits(_ pixels: Int) -> Bool { convolutions.map { $0.isSound && $0.inputs == pixels } ?? true }

    /// Whether the convolutions, if there are any, draw so many pixels.
    private func draws(_ pixels: Int) -> Bool { fits(pixels) && convolutions?.canBeUndone ?? true }

    private static func areSound(_ widths: [Int], _ dropout: Float) -> Bool {
        widths.allSatisfy { (1...1_000_000).contains($0) } && dropout >= 0 && dropout < 1
    }
}
