public import Models
import Tensors

/// The convolutions of a model of images, without what the data determine (their size).
public struct ConvolutionalSpec: Codable, Sendable, Equatable {
    /// The channels of each convolution, the one that reads images first; a decoder mirrors them.
    public var channels: [Int]
    /// The side of each kernel; one number stands for all, as in what follows.
    public var kernel: [Int]
    /// The step from one position to the next.
    public var stride: [Int]
    /// The rim of zeros on each side.
    public var padding: [Int]
    /// The side of the squares of which the largest pixel is kept, 1 for all pixels; only in classifiers.
    public var pooling: [Int]
    /// The step from one of these squares to the next; `nil` for their side.
    public var poolingStride: [Int]?
    /// What follows a convolution.
    public var normalisation: Convolutions.Normalisation
    /// What follows that, by its name in `Activation.named`.
    public var activation: String
    /// The numbers of a tempered sigmoid, when that is the activation and they are not those of tanh.
    public var tempered: TemperedSpec?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case channels, kernel, stride, padding, pooling, poolingStride, normalisation, activation, tempered
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        channels = try fields.numbers(.channels, in: 1...4096)
        kernel = try fields.numbers(.kernel, in: 1...64, repeated: channels.count, default: 4)
        stride = try fields.numbers(.stride, in: 1...64, repeated: channels.count, default: 2)
        padding = try fields.numbers(.padding, in: 0...63, repeated: channels.count, default: 1)
        pooling = try fields.numbers(.pooling, in: 1...64, repeated: channels.count, default: 1)
        let steps = try fields.numbers(.poolingStride, in: 1...64, repeated: channels.count, default: 0)
        poolingStride = steps.contains(0) ? nil : steps
        normalisation = try fields.choice(.normalisation, default: Convolutions.Normalisation.none)
        activation = try fields.choice(.activation, among: TemperedSpec.activations, default: "relu")
        tempered = try fields.optional(.tempered)
        if tempered != nil, activation != TemperedSpec.name {
            throw fields.fail(.tempered, "expected the activation \(TemperedSpec.name), found \(activation)")
        }
        for (kernel, padding) in zip(kernel, padding) where padding >= kernel {
            throw fields.fail(.padding, "expected less than the kernel's \(kernel), found \(padding)")
        }
    }

    /// The convolutions of images of the given size.
    func convolutions(width: Int, height: Int, channels depth: Int = 1) -> Convolutions {
        Convolutions(
            height: height, width: width, channels: depth,
            layers: channels.indices.map {
                .init(
                    channels: channels[$0], kernel: kernel[$0], stride: stride[$0], padding: padding[$0],
                    pooling: pooling[$0] > 1 ? pooling[$0] : nil,
                    poolingStride: pooling[$0] > 1 ? poolingStride?[$0] : nil)
            },
            normalisation: normalisation,
            activation: (tempered ?? TemperedSpec()).activation(activation))
    }
}
