import Statistics

/// Whether two sides that should do the same work come to the same loss.
package struct LossAgreement: Sendable, Equatable {
    /// The mean level of our runs.
    package let ours: Double
    /// The mean level of the peer's runs.
    package let peer: Double
    /// The largest difference that passes.
    package let tolerance: Double

    /// Initialisations and the order of records differ: where seeds spread less than that, this share of the level passes.
    private static let floor = 0.03

    /// Compares levels, one per seed and side: their means may differ by three standard deviations of the difference of
    /// two runs, or by 3 % of the peer's level; `nil` when a side has none.
    package init?(ours: [Double], peer: [Double]) {
        guard !ours.isEmpty, !peer.isEmpty else { return nil }
        let sides = [Moments(of: ours), Moments(of: peer)]
        (self.ours, self.peer) = (sides[0].mean, sides[1].mean)
        let spread = sides.reduce(0) { $0 + ($1.count > 1 ? $1.sampleVariance : 0) }.squareRoot()
        tolerance = max(3 * spread, Self.floor * abs(sides[1].mean))
    }

    /// Whether the difference passes; one that is no number does not.
    package var holds: Bool { abs(ours - peer) <= tolerance }
}
