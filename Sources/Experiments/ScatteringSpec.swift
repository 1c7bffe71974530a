import Models

/// The fixed front of a classifier that reads images through a scattering transform of two scales and eight angles.
public struct ScatteringSpec: Codable, Sendable, Equatable {
    /// How many groups the 81 channels are normalised in, within each image: 1, 3, 9, 27 or 81.
    public var groups: Int

    enum CodingKeys: String, CodingKey, CaseIterable { case groups }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        groups = try fields.number(.groups, in: 1...ScatteringFeatures.channels, default: 27)
        guard ScatteringFeatures.channels.isMultiple(of: groups) else {
            throw fields.fail(
                .groups, "expected a divisor of the \(ScatteringFeatures.channels) channels, found \(groups)")
        }
    }

    /// The front for images of a size.
    func front(width: Int, height: Int) -> ScatteringFeatures {
        ScatteringFeatures(height: height, width: width, groups: groups)
    }
}
