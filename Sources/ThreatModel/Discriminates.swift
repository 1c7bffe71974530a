public import Tensors

/// Draws from a GAN that also says how real its discriminator holds an image to be.
///
/// No commercial interface has it; it is what an adversary hopes for who found the training's leftovers.
public struct Discriminates: Access {
    /// What can be asked over an interface, beside samples, which whatever has a discriminator draws.
    public static let served: Operation? = .discriminate
    private let service: MeteredService

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) { service = MeteredService(victim, meter) }

    /// Returns images drawn from the generator, shape [count, pixels], values in [0, 1].
    ///
    /// - Throws: ``ThreatModelError`` when the victim has no discriminator or the budget is exhausted.
    public func samples(_ count: Int, _ random: RandomStream) throws(ThreatModelError) -> Tensor {
        _ = try service.card(for: .discriminate)
        return try service.vectors(.sample(count: count, stream: random))
    }

    /// Returns the discriminator's logit of each image, higher for what it holds to be real; one query per image.
    ///
    /// - Shapes: images [count, pixels]; logits [count].
    /// - Throws: ``ThreatModelError`` when the victim has no discriminator, the images are of another size or the budget
    ///   is exhausted.
    public func logits(of images: Tensor) throws(ThreatModelError) -> [Double] {
        try service.vectors(.discriminate(images)).values.map(Double.init)
    }
}
