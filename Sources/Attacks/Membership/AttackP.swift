public import ThreatModel

/// Ranks a record's signal among those of population records under the same victim: no shadow models.
///
/// - Source: Ye, Maddi, Murakonda, Bindschaedler and Shokri, CCS 2022.
public struct AttackP: SignalScorer {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "attack-p", summary: "The share of population records on which the victim does worse.",
        paper: "Ye et al., CCS 2022",
        families: ["autoencoder", "variational-autoencoder", "gan", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, population", queries: "1 per candidate and population record")

    /// The signal as it is.
    public static let scale = SignalScale.natural
    /// The population.
    public var needs: SignalNeeds { .population }

    /// Creates the attack.
    public init() {}
    /// Creates the attack, which has no settings.
    public init(_ settings: inout AttackSettings) {}

    /// Returns the share of the population's signals that lie strictly below each target's, in [0, 1].
    ///
    /// - Throws: ``ThreatModelError`` without a population.
    /// - Complexity: O((C + P) log P).
    public func scores(_ table: SignalTable) throws(ThreatModelError) -> [Double] {
        let sorted = try table.requiredPopulation(Self.card.id).sorted()
        return table.target.map { Double(sorted.firstIndex(notBelow: $0)) / Double(sorted.count) }
    }
}

extension [Double] {
    /// The first index of a sorted array whose value is not below `bound`, by bisection.
    func firstIndex(notBelow bound: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
