import Datasets
import Models
import Tensors
import ThreatModel
import Training

/// A victim that overfitted, shadows of it, and who was a member: everything that a contract is checked against.
///
/// The records are blurred prototypes with a blurred pattern of their own; victim and shadows train on independent
/// coin flips over the same 200 candidates. Each arena is built once, when it is first asked for.
struct Arena: Sendable {
    let candidates: Records
    let population: Records
    let truth: [Bool]
    let victim: Model
    let untrained: Model
    let shadows: [Model]
    let membership: [[Bool]]

    static let candidateCount = 200
    static let populationCount = 100

    init(_ recipe: Recipe, _ records: Records, shadows count: Int = 8, seed: UInt64) throws {
        let random = RandomStream(seed: seed)
        candidates = records.slice(0..<Arena.candidateCount)
        population = records.slice(Arena.candidateCount..<records.count)
        truth = random["truth"].coinFlips(Arena.candidateCount)
        membership = Arena.coinFlips(models: count, random["membership"])
        victim = try Arena.train(recipe, candidates, truth, random["victim"])
        shadows = try (0..<count).map { [candidates, membership] in
            try Arena.train(recipe, candidates, membership[$0], random["shadow"][$0])
        }
        untrained = Model(untrained: recipe.architecture, random["untrained"])
    }

    /// Independent coin flips, drawn anew for a record until it is both IN and OUT: that looks at no victim.
    private static func coinFlips(models: Int, _ random: RandomStream) -> [[Bool]] {
        let columns = (0..<candidateCount).map { record in
            (0..<100).lazy.map { random[record][$0].coinFlips(models) }.first { Set($0).count == 2 }
        }
        return (0..<models).map { model in columns.map { $0?[model] ?? false } }
    }

    private static func train(_ recipe: Recipe, _ candidates: Records, _ members: [Bool], _ random: RandomStream) throws
        -> Model
    {
        try recipe.train(on: candidates.gather(members.indices.filter { members[$0] }), random: random).model
    }

    /// What an adversary may know; without a signal there is no shadow pool.
    func knowledge(_ signal: Signal?) throws -> Knowledge {
        let view = try signal.map { signal in
            try ShadowView(
                signals: shadows.map { try signal.values(of: $0, on: candidates) }, membership: membership,
                population: shadows.map { try signal.values(of: $0, on: population) })
        }
        var knowledge = Knowledge(
            candidates: candidates, population: population, shadows: view,
            trainer: SurrogateTrainer { name, recipe, records in
                try recipe.train(on: records, random: RandomStream(seed: 9)[name]).model
            })
        if candidates.window > 0 { knowledge.tokeniser = try Arena.letters() }
        if case .classifier = victim.architecture { try addClassifierKnowledge(to: &knowledge) }
        return knowledge
    }
}

extension Arena {
    static let side = 8

    /// Images [300, 64] in [0, 1].
    static let images: Tensor = {
        let random = RandomStream(seed: 21)
        let prototypes = random["prototypes"].normalTensor([6, side * side])
        let patterns = random["patterns"].normalTensor([300, side * side])
        return Tensor(
            (0..<300).flatMap { record in
                zip(blurred(prototypes.row(record % 6)), blurred(patterns.row(record))).map {
                    min(1, max(0, 0.5 + 0.4 * $0 + 0.3 * $1))
                }
            }, shape: [300, side * side])
    }()

    /// The mean of each pixel and its neighbours to the right and below, on a torus, at unit variance.
    private static func blurred(_ image: [Float]) -> [Float] {
        (0..<side * side).map { pixel in
            let (row, column) = (pixel / side, pixel % side)
            let (below, right) = ((row + 1) % side, (column + 1) % side)
            return
                (image[pixel] + image[below * side + column] + image[row * side + right]
                + image[below * side + right]) / 2
        }
    }

    /// Windows of 12 tokens out of 11, each a walk by small steps.
    static let windows: Records = {
        let steps = RandomStream(seed: 22)["steps"].words(300 * 12)
        var tokens: [Int32] = []
        for record in 0..<300 {
            var token = Int32(steps[record * 12] % 11)
            for position in 0..<12 {
                tokens.append(token)
                token = (token + Int32(steps[record * 12 + position] % 4)) % 11
            }
        }
        return Records(tokens: tokens, window: 12)
    }()

    /// Eleven characters: the unknown one, and five letters in both cases.
    static func letters() throws -> Tokeniser {
        .characters(try CharacterTokeniser(corpus: TextCorpus(documents: [.init(name: "", text: "ABCDEabcde")])))
    }

    static func autoencoder() throws -> Arena { try autoencoderArena.get() }
    static func variationalAutoencoder() throws -> Arena { try variationalArena.get() }
    static func gan() throws -> Arena { try ganArena.get() }
    static func transformer() throws -> Arena { try transformerArena.get() }

    static let autoencoderRecipe = Recipe(
        .autoencoder(Autoencoder(inputs: 64, hidden: [64], latents: 24)), epochs: 80, batchSize: 20,
        optimiser: .adam(rate: 3e-3))
    static let transformerRecipe = Recipe(
        .transformer(Transformer(vocabulary: 11, context: 11, layers: 1, heads: 2, width: 24)), epochs: 40,
        batchSize: 20, optimiser: .adam(rate: 1e-2))

    /// A student or a second generator, hardly trained.
    static let student = Recipe(
        .autoencoder(Autoencoder(inputs: 64, hidden: [16], latents: 4)), epochs: 2, batchSize: 10,
        optimiser: .adam(rate: 1e-3))
    /// A decoder of the autoencoder's codes, hardly trained.
    static let codeDecoder = Recipe(
        .decoder(CodeDecoder(inputs: 24, hidden: [16], outputs: 64)), epochs: 2, batchSize: 10,
        optimiser: .adam(rate: 1e-3))

    private static let autoencoderArena = Result {
        try Arena(autoencoderRecipe, Records(features: images), seed: 31)
    }
    private static let variationalArena = Result {
        try Arena(
            Recipe(
                .variationalAutoencoder(VariationalAutoencoder(inputs: 64, hidden: [64], latents: 16)), epochs: 150,
                batchSize: 20, optimiser: .adam(rate: 3e-3)), Records(features: images), seed: 32)
    }
    private static let ganArena = Result {
        try Arena(
            Recipe(
                .generativeAdversarialNetwork(
                    GenerativeAdversarialNetwork(
                        inputs: 64, generatorHidden: [64], discriminatorHidden: [128], latents: 8)),
                epochs: 300, batchSize: 20, optimiser: .adam(rate: 4e-3, beta1: 0.5)), Records(features: images),
            shadows: 0, seed: 33)
    }
    private static let transformerArena = Result { try Arena(transformerRecipe, windows, seed: 34) }
}
