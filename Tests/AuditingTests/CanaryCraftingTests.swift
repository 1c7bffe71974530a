import Auditing
import Models
import Tensors
import Testing

@Suite struct CanaryCraftingTests {
    private let random = RandomStream(seed: 5)
    private var images: Records {
        Records(
            features: RandomStream(seed: 6).uniformTensor([300, 12]), labels: (0..<300).map { Int32($0 % 10) })
    }

    private func crafted(_ kind: CanaryKind, foreign: Records? = nil) throws -> Records {
        try CanaryCrafting(kind, classes: 10, foreign: foreign).canaries(from: images, random)
    }

    @Test("A mislabelled record keeps its image, has never its own label, and any other equally often (level 0.001)")
    func mislabelled() throws {
        let canaries = try crafted(.mislabelled)
        #expect(canaries.features == images.features)
        let (own, other) = (try #require(images.labels), try #require(canaries.labels))
        try #require(zip(own, other).allSatisfy { $0 != $1 && (0..<10).contains($1) })
        // χ² of nine shifts at 8 degrees of freedom: 26.1 at the 0.1 % level.
        var counts = [Double](repeating: 0, count: 9)
        for (label, wrong) in zip(own, other) { counts[Int((wrong - label + 10) % 10) - 1] += 1 }
        let expected = 300.0 / 9
        #expect(counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected } < 26.1)
    }

    @Test("A natural record is what it was; an inverted one has opposite grey levels under its label")
    func naturalAndInverted() throws {
        let natural = try crafted(.natural)
        #expect(natural.features == images.features && natural.labels == images.labels)
        let inverted = try crafted(.inverted)
        #expect(inverted.labels == images.labels)
        let sums = zip(try #require(inverted.features).values, images.requiredFeatures.values).map(+)
        #expect(sums.allSatisfy { abs($0 - 1) < 1e-6 })
    }

    @Test("Noise is of the images' shape and has nothing of them")
    func noise() throws {
        let noise = try crafted(.noise)
        let features = try #require(noise.features)
        #expect(features.shape == images.requiredFeatures.shape && features != images.requiredFeatures)
        #expect(features.values.allSatisfy { (0..<1).contains($0) })
        #expect(try #require(noise.labels).allSatisfy { (0..<10).contains($0) } && noise.labels != images.labels)
    }

    @Test("ClipBKD's images are long in the direction that varies least, under the label that fits them least")
    func clipBackdoor() throws {
        // The third column hardly varies; of two classes the second has more of it.
        let labels = (0..<200).map { Int32($0 % 2) }
        var features = RandomStream(seed: 7).uniformTensor([200, 3])
        for row in 0..<200 { features[row * 3 + 2] = 0.2 + 0.1 * Float(labels[row]) + 0.001 * features[row * 3 + 2] }
        let natural = Records(features: features, labels: labels)
        let crafting = CanaryCrafting(.clipBackdoor, classes: 2, background: natural)
        let canary = try crafting.canaries(from: natural.slice(0..<1), random)
        let image = try #require(canary.features).row(0)
        let norms = features.rowSquaredNorms().values.map { $0.squareRoot() }.sorted()
        #expect(abs(image[2] - norms[100]) < 1e-2 && abs(image[0]) < 0.1 && abs(image[1]) < 0.1, "\(image)")
        #expect(canary.labels == [0])
        #expect(throws: CanaryError.self) { try crafting.canaries(from: natural.slice(0..<4), random) }
        #expect(throws: CanaryError.self) {
            try CanaryCrafting(.clipBackdoor, classes: 2).canaries(from: Records(features: features), random)
        }
    }

    @Test("Records of another data set are different ones of it; too few of them, or of another size, are refused")
    func foreign() throws {
        let others = Records(features: Tensor((0..<400 * 12).map(Float.init), shape: [400, 12]))
        let canaries = try #require(crafted(.outOfDistribution, foreign: others).features)
        let first = (0..<300).map { canaries.row($0)[0] }
        #expect(Set(first).count == 300 && first.allSatisfy { Int($0) % 12 == 0 })
        #expect(throws: CanaryError.self) { try crafted(.outOfDistribution) }
        #expect(throws: CanaryError.self) { try crafted(.outOfDistribution, foreign: others.slice(0..<299)) }
        let wide = Records(features: .zeros([400, 13]))
        #expect(throws: CanaryError.self) { try crafted(.outOfDistribution, foreign: wide) }
    }

    @Test("Random tokens are windows over the whole vocabulary; images have none, and text has no labels to falsify")
    func text() throws {
        let windows = Records(tokens: [Int32](repeating: 0, count: 800), window: 8)
        let crafting = CanaryCrafting(.randomTokens, vocabulary: 7)
        let canaries = try crafting.canaries(from: windows, random)
        #expect(canaries.window == 8 && canaries.count == 100 && Set(canaries.tokens) == Set(0..<7))
        #expect(throws: CanaryError.self) { try crafting.canaries(from: images, random) }
        #expect(throws: CanaryError.self) {
            try CanaryCrafting(.mislabelled, classes: 10).canaries(from: windows, random)
        }
        #expect(throws: CanaryError.self) { try CanaryCrafting(.noise).canaries(from: windows, random) }
    }

    @Test("The same stream makes the same canaries, another makes others", arguments: [CanaryKind.mislabelled, .noise])
    func addressed(_ kind: CanaryKind) throws {
        let crafting = CanaryCrafting(kind, classes: 10)
        let (a, b) = (try crafting.canaries(from: images, random), try crafting.canaries(from: images, random))
        let c = try crafting.canaries(from: images, RandomStream(seed: 99))
        #expect(a.features == b.features && a.labels == b.labels && a.labels != c.labels)
    }
}
