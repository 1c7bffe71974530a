/// A monitor by its name and its numbers.
public typealias MonitorSpec = CardSpec<MonitorCard>

extension MonitorCard: ProtectionCard {
    /// A monitor.
    public static var kind: String { "monitor" }
    /// The cards of every monitor there is.
    public static var all: [MonitorCard] { catalogue.map { $0.card } }

    fileprivate static let catalogue: [any QueryMonitor.Type] = [
        PRADA.self, QueryNovelty.self, CoverageAlarm.self, BiasCoverage.self,
    ]
}

extension CardSpec<MonitorCard> {
    /// The monitor, calibrated.
    ///
    /// - Throws: ``NamedValuesError`` when the material lacks something or is too little for the numbers.
    public func monitor(_ material: MonitorMaterial) throws(NamedValuesError) -> any QueryMonitor {
        guard let type = MonitorCard.catalogue.first(where: { $0.card.id == card.id }) else {
            preconditionFailure("a card of no monitor: \(card.id)")
        }
        return try type.init(values, material)
    }
}
