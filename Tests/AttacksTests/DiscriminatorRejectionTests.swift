import Foundation
import Tensors
import Testing

@testable import Attacks

@Suite struct DiscriminatorRejectionTests {
    private let random = RandomStream(seed: 65)

    /// Ten thousand samples of five kinds, equally often, whose densities are to those of real records as the odds say.
    private func played(_ keep: Double, odds: [Double], count: Int = 10_000) -> (shares: [Double], accepted: Int) {
        let kinds = (0..<count).map { Int(random["kinds"].integer($0) % 5) }
        let accepted = DiscriminatorRejection(keep: keep).accepted(kinds.map { log(odds[$0]) }, random["coins"])
        let shares = (0..<5).map { kind in
            Double(accepted.count { kinds[$0] == kind }) / Double(kinds.count { $0 == kind })
        }
        return (shares, accepted.count)
    }

    @Test("Rejection accepts each kind as often as r/max r says, at five standard deviations")
    func frequencies() {
        let odds = [0.1, 0.5, 1, 2, 2.5]
        let (shares, _) = played(0, odds: odds)
        for (share, ratio) in zip(shares, odds.map { $0 / 2.5 }) {
            // Two thousand of each kind, or some sixty fewer.
            #expect(abs(share - ratio) <= 5 * (ratio * (1 - ratio) / 1900).squareRoot(), "\(share) for \(ratio)")
        }
    }

    @Test("A wished share is accepted on average, by min(1, c·r); no mode is lost, as it is where the best are taken")
    func share() {
        let (shares, accepted) = played(0.6, odds: [0.1, 0.5, 1, 2, 2.5])
        #expect(abs(Double(accepted) / 10_000 - 0.6) < 0.03)
        #expect(shares[3] == 1 && shares[4] == 1 && abs(shares[1] / shares[0] - 5) < 2, "\(shares)")
        #expect(shares[0] > 0.02)
    }

    @Test("Control: a discriminator that tells nothing apart accepts everything, or the wished share of no kind more")
    func control() {
        #expect(played(0.3, odds: [3, 3, 3, 3, 3]).accepted == 10_000)
        #expect(played(1, odds: [0.1, 0.5, 1, 2, 2.5]).accepted == 10_000)
    }

    @Test("A later maximum takes the place of the first batch's; of any samples one at least is accepted")
    func maximum() {
        var rejection = DiscriminatorRejection(keep: 0)
        rejection.firstBatch = 2
        let found = rejection.probabilities([0, log(0.5), log(4), 0])
        #expect(zip(found, [1, 0.5, 1, 0.25]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(found)")
        #expect(DiscriminatorRejection(keep: 0.01).accepted([-3], random) == [0])
        #expect(DiscriminatorRejection(keep: 0.5).accepted([], random).isEmpty)
    }
}
