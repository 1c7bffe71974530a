import Models
public import Tensors
public import ThreatModel

/// Ranks a record's signal among those of population records under the same victim: no shadow models.
///
/// - Source: Ye, Maddi, Murakonda, Bindschaedler and Shokri, CCS 2022.
public struct AttackP: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "attack-p", summary: "The share of population records on which the victim does worse.",
        paper: "Ye et al., CCS 2022",
        families: ["autoencoder", "variational-autoencoder", "transformer", "classifier"],
        access: "scores", knowledge: "candidates, population", queries: "1 per candidate and population record")

    /// What it reads.
    public var signal: Signal

    /// Creates the attack on a signal.
    public init(signal: Signal) { self.signal = signal }

    /// Returns the share of the population's signals that lie strictly below each target's.
    ///
    /// - Shapes: target [C], population [P]; scores [C] in [0, 1], oriented: higher means member.
    /// - Complexity: O((C + P) log P).
    public static func scores(target: [Double], population: [Double]) -> [Double] {
        let sorted = population.sorted()
        return target.map { Double(sorted.firstIndex(notBelow: $0)) / Double(max(sorted.count, 1)) }
    }

    /// Plays against the victim.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        guard knowledge.population.count > 0 else {
            throw ThreatModelError.missingKnowledge("population records", attack: Self.card.id)
        }
        let population = signal.oriented(try victim.values(signal, of: knowledge.population))
        let target = signal.oriented(try victim.values(signal, of: knowledge.candidates))
        return MembershipScores(Self.scores(target: target, population: population))
    }
}

extension [Double] {
    /// The first index of a sorted array whose value is not below `bound`, by bisection.
    fileprivate func firstIndex(notBelow bound: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
