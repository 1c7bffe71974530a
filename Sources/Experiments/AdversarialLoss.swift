/// What a GAN's discriminator and generator optimise, by the name that a spec gives it.
public enum AdversarialLoss: String, Codable, Sendable, CaseIterable {
    /// Cross-entropy, the generator's in its non-saturating form (Goodfellow et al. 2014).
    case nonsaturating
    /// Wasserstein's distance with a gradient penalty per pair (Gulrajani et al. 2017).
    case wasserstein
}
