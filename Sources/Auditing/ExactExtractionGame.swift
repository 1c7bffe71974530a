public import Models
import Tensors
public import ThreatModel

/// The game of exact extraction: how far a rebuilt network's logits are from the victim's own.
public struct ExactExtractionGame: Sendable {
    private let victim: OneHiddenLayer

    /// Starts a game with the victim.
    ///
    /// - Throws: ``ThreatModelError`` when it is no classifier of one hidden layer.
    package init(victim: Model) throws(ThreatModelError) { self.victim = try OneHiddenLayer(victim) }

    /// Compares logits in double precision on records.
    ///
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when the records are of another width.
    public func grade(_ rebuilt: OneHiddenLayer, on records: Records) throws(ThreatModelError) -> [Measure] {
        let width = victim.hidden.columns
        guard let features = records.features, features.columns == width, rebuilt.hidden.columns == width else {
            throw .mismatch("expected records and a network of \(width) numbers, found others")
        }
        let rows = RealMatrix(features)
        let (own, found) = (victim.logits(rows), rebuilt.logits(rows))
        let differences = zip(own.elements, found.elements).map { abs($0 - $1) }
        let agreements = (0..<own.rows).map { row in Self.largest(own.row(row)) == Self.largest(found.row(row)) }
        return [
            Measure.rate("agreement", agreements),
            Measure(name: "largest difference of logits", value: differences.max() ?? 0),
            Measure(name: "hidden units found", value: Double(rebuilt.hidden.rows), unit: "of \(victim.hidden.rows)"),
        ]
    }

    private static func largest(_ logits: [Double]) -> Int? { logits.indices.max { logits[$0] < logits[$1] } }
}
