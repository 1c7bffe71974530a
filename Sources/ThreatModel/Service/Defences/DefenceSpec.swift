/// A defence by its name and its numbers.
public typealias DefenceSpec = CardSpec<DefenceCard>

extension DefenceCard: ProtectionCard {
    /// A defence.
    public static var kind: String { "defence" }
    /// The cards of every defence there is.
    public static var all: [DefenceCard] { catalogue.map { $0.card } }

    fileprivate static let catalogue: [any OutputDefence.Type] = [
        Rounding.self, ProbabilityRounding.self, TopK.self, HardLabels.self, OutputNoise.self, ReverseSigmoid.self,
        TemperatureScaling.self,
        LogitBiasOff.self, MemFree.self,
    ]
}

extension CardSpec<DefenceCard> {
    /// The defence.
    ///
    /// - Throws: ``NamedValuesError/missing(_:what:)`` when the material lacks something.
    public func defence(_ material: DefenceMaterial) throws(NamedValuesError) -> any OutputDefence {
        guard let type = DefenceCard.catalogue.first(where: { $0.card.id == card.id }) else {
            preconditionFailure("a card of no defence: \(card.id)")
        }
        return try type.init(values, material)
    }
}
