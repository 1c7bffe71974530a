public import Models
public import Tensors
public import ThreatModel
public import Training

/// Trains a GAN on the victim's samples, and asks its discriminator.
///
/// - Source: Hayes, Melis, Danezis and De Cristofaro, "LOGAN", PoPETs 2019, the black-box attack without auxiliary
///   knowledge.
public struct LOGANBlackBox: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "logan-black-box", summary: "The logit of the discriminator of a GAN trained on the victim's samples.",
        paper: "Hayes et al., PoPETs 2019", families: ["gan", "variational-autoencoder"], access: "samples only",
        queries: "a fixed number of samples", trainings: "one GAN")

    /// How many samples are drawn.
    public var samples: Int
    /// The passes of the surrogate over the samples; `nil` for those of its recipe.
    public var epochs: Int?
    /// How the surrogate is trained; `nil` for the victim's recipe if it is of a GAN, and a plain one if not.
    public var surrogate: Recipe?

    /// Creates the attack.
    public init(samples: Int = 5000, epochs: Int? = nil, surrogate: Recipe? = nil) {
        precondition(samples > 0, "\(samples) samples")
        (self.samples, self.epochs, self.surrogate) = (samples, epochs, surrogate)
    }
    /// Creates the attack with `samples`, and `epochs` of the surrogate, 0 for those of its recipe.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        samples = try settings.integer("samples", in: 1...10_000_000, default: 5000)
        let epochs = try settings.integer("epochs", in: 0...1_000_000, default: 0)
        self.epochs = epochs == 0 ? nil : epochs
    }

    /// Returns the logits of a surrogate's discriminator.
    ///
    /// - Shapes: candidates [C, pixels]; scores [C].
    /// - Throws: ``ThreatModelError/unsupported(_:family:)`` when the surrogate is no GAN.
    public static func scores(candidates: Records, surrogate: Model) throws(ThreatModelError) -> [Double] {
        try Signal.discriminatorLogit.values(of: surrogate, on: candidates)
    }

    /// Plays against the victim.
    public func run(against victim: SamplesOnly, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let trainer = try knowledge.requiredTrainer(Self.card.id)
        let drawn = Records(features: try victim.samples(samples, random["samples"]))
        let recipe = recipe(knowledge, pixels: knowledge.candidates.requiredFeatures.columns)
        let model = try trainer.train("surrogate", recipe, on: drawn)
        return MembershipScores(try Self.scores(candidates: knowledge.candidates, surrogate: model))
    }

    /// The surrogate's recipe; samples are no private data, so it never trains with privacy.
    private func recipe(_ knowledge: Knowledge, pixels: Int) -> Recipe {
        var recipe = surrogate ?? LOGANBlackBox.plain(pixels: pixels)
        if surrogate == nil, let known = knowledge.recipe,
            case .generativeAdversarialNetwork = known.architecture
        {
            recipe = known
        }
        if let epochs { recipe.epochs = epochs }
        return recipe.withoutPrivacy
    }

    private static func plain(pixels: Int) -> Recipe {
        let network = GenerativeAdversarialNetwork(
            inputs: pixels, generatorHidden: [256], discriminatorHidden: [256], latents: 32)
        return Recipe(
            .generativeAdversarialNetwork(network), epochs: 50, batchSize: 100,
            optimiser: .adam(rate: 2e-4, beta1: 0.5))
    }
}
