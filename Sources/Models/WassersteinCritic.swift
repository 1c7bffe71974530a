/// What makes a discriminator a critic: Wasserstein's loss, and a penalty that keeps the critic's slope near 1.
///
/// The critic's loss of a pair of a record x and the fake x̃ that is drawn for it is D(x̃) − D(x) + λ·(‖∇D(x̂)‖ − 1)² at
/// x̂ = ε·x + (1 − ε)·x̃, with ε uniform in [0, 1) and a pair's own. The generator's loss is −D(x̃). None is in nats.
/// - Source: Arjovsky, Chintala and Bottou 2017; Gulrajani et al. 2017.
/// - Deviation: records and fakes are paired one to one, so that a record has one gradient and differential privacy can
///   clip it; common code pairs them too, but takes norms over what it likes.
public struct WassersteinCritic: Codable, Sendable, Equatable {
    /// The factor λ on the penalty, at least 0.
    public var penalty: Float
    /// The steps of the critic, each with a batch of its own, to one of the generator.
    ///
    /// A training's steps are the critic's: each of them reads records, and with privacy each of them is paid for.
    public var steps: Int

    /// Creates a critic; the defaults are those of Gulrajani et al.
    public init(penalty: Float = 10, steps: Int = 5) {
        precondition(penalty >= 0 && steps >= 1, "a penalty of \(penalty), \(steps) steps of the critic")
        (self.penalty, self.steps) = (penalty, steps)
    }
}
