import Statistics
import Tensors
import ThreatModel

/// Signals of a normal model: records differ in their mean, training on one adds a gap, every model adds noise.
struct SimulatedPool {
    let truth: [Bool]
    private let target: [Double]
    private let signals: [[Double]]
    private let membership: [[Bool]]

    init(records: Int, shadows: Int, gap: Double, seed: UInt64) {
        let random = RandomStream(seed: seed)
        let difficulty = random["difficulty"].normalTensor([1, records]).row(0).map { 3 * Double($0) }
        func model(_ name: Int, _ members: [Bool]) -> [Double] {
            let noise = random["noise"][name].normalTensor([1, records]).row(0)
            return members.indices.map { difficulty[$0] + (members[$0] ? gap : 0) + Double(noise[$0]) }
        }
        truth = random["truth"].coinFlips(records)
        // The first two shadows complement each other, so that every record has a model on each side.
        let first = random["membership"].coinFlips(records)
        let rest = (2..<shadows).map { random["membership"][$0].coinFlips(records) }
        membership = [first, first.map { !$0 }] + rest
        target = model(-1 & 0xffff, truth)
        signals = membership.enumerated().map { model($0, $1) }
    }

    func table() throws -> SignalTable {
        SignalTable(target: target, shadows: try ShadowView(signals: signals, membership: membership))
    }

    func auc(_ scores: [Double]) throws -> Double { try ROC(scores: scores, isMember: truth).auc }
}
