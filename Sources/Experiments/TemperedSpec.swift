import Tensors

/// The numbers of a tempered sigmoid, scale·σ(temperature·x) − offset; tanh x unless told otherwise.
public struct TemperedSpec: Codable, Sendable, Equatable {
    /// The height of the step.
    public var scale: Double
    /// How steep it is.
    public var temperature: Double
    /// How far it is moved down.
    public var offset: Double

    enum CodingKeys: String, CodingKey, CaseIterable { case scale, temperature, offset }

    /// The name of the activation in specs.
    static let name = "tempered-sigmoid"

    /// The names of activations that convolutions may have.
    static var activations: [String] { (Activation.named.keys + [name]).sorted() }

    /// Creates the numbers of tanh.
    init() { (scale, temperature, offset) = (2, 2, 1) }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        scale = try fields.number(.scale, in: 1e-3...1e3, default: 2)
        temperature = try fields.number(.temperature, in: 1e-3...1e3, default: 2)
        offset = try fields.number(.offset, in: -1e3...1e3, default: 1)
    }

    /// The activation of a name.
    func activation(_ name: String) -> Activation {
        guard name == Self.name else { return Activation.named[name] ?? .relu }
        return .temperedSigmoid(scale: Float(scale), temperature: Float(temperature), offset: Float(offset))
    }
}
