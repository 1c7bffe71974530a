public import Accounting

/// What a mechanism says of itself: the numbers that its accountant was given.
public struct MechanismClaim: Codable, Sendable, Equatable {
    /// The most that one record adds to the sum of gradients, in the Euclidean norm, above 0.
    public var clippingNorm: Double
    /// The deviation of the noise on the sum, in units of the clipping norm, above 0.
    public var noiseMultiplier: Double
    /// The expected number of records in a batch, by which the sum is divided.
    public var batch: Int
    /// The number of records.
    public var records: Int

    /// Creates a claim.
    ///
    /// - Precondition: a positive norm and multiplier, and 1 ≤ `batch` ≤ `records`.
    public init(clippingNorm: Double, noiseMultiplier: Double, batch: Int, records: Int) {
        precondition(
            clippingNorm > 0 && noiseMultiplier > 0 && batch >= 1 && batch <= records,
            "claim: clipping \(clippingNorm), noise \(noiseMultiplier), \(batch) of \(records) records")
        self.clippingNorm = clippingNorm
        self.noiseMultiplier = noiseMultiplier
        self.batch = batch
        self.records = records
    }

    /// The probability with which each record enters a batch.
    public var samplingRate: Double { Double(batch) / Double(records) }

    /// The deviation of the noise on each coordinate of the sum.
    public var noiseDeviation: Double { clippingNorm * noiseMultiplier }

    /// The event of a number of steps.
    public func event(steps: Int) -> PrivacyEvent {
        .dpSGD(rate: samplingRate, noiseMultiplier: noiseMultiplier, steps: steps)
    }
}
