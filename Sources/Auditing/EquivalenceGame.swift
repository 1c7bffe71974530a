package import Models
package import Tensors
public import ThreatModel

/// The game of equivalence: how far the logits of a rebuilt network lie from the victim's, in double precision.
public struct EquivalenceGame: Sendable {
    private let victim: OneHiddenLayer
    private let untrained: OneHiddenLayer
    private let records: RealMatrix

    /// Starts a game on random records, standard normal.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier of one hidden layer.
    package init(victim: Model, records count: Int = 1000, random: RandomStream) throws(ThreatModelError) {
        self.victim = try OneHiddenLayer(victim)
        untrained = try OneHiddenLayer(Model(untrained: victim.architecture, random["control"]))
        records = RealMatrix(random["records"].normalTensor([count, self.victim.hidden.columns]))
    }

    /// Grades a rebuilt network: the largest difference of a logit, beside that of an untrained network, and the number
    /// of hidden units.
    ///
    /// - Precondition: it reads records of the victim's width and tells as many classes apart.
    /// - Complexity: O(records·units·(inputs + classes)).
    public func grade(_ evidence: OneHiddenLayer) -> [Measure] {
        let expected = victim.logits(records)
        func largest(_ network: OneHiddenLayer) -> Double {
            (network.logits(records) - expected).elements.reduce(0) { max($0, abs($1)) }
        }
        return [
            Measure(
                name: "largest logit difference", value: largest(evidence), control: largest(untrained),
                controlName: "an untrained network"),
            Measure(name: "hidden units", value: Double(evidence.hidden.rows), unit: "of \(victim.hidden.rows)"),
        ]
    }
}
