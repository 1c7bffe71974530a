public import Models
public import Tensors

/// Makes canaries of natural records.
///
/// - Source: Steinke, Nasr and Jagielski, NeurIPS 2023 (mislabelled images); Nasr et al., S&P 2021 (records of another
///   distribution); Jagielski, Ullman and Oprea, NeurIPS 2020 (ClipBKD); Carlini et al., USENIX Security 2019 (random text).
/// - Deviation: ClipBKD plants copies of the image along the one direction that varies least, under the label that a
///   trained model finds least likely. One run needs many canaries, so each has a direction of its own, and the label is
///   that of the class whose mean image it points away from most, which asks no model.
public struct CanaryCrafting: Sendable {
    /// What is made.
    public var kind: CanaryKind
    /// The number of classes; 0 when records have no labels.
    public var classes: Int
    /// The number of tokens; 0 when records are no text.
    public var vocabulary: Int
    /// Images of another data set.
    public var foreign: Records?
    /// The records whose directions of least variance are looked for; the natural ones when absent.
    public var background: Records?

    /// Creates a workshop.
    public init(
        _ kind: CanaryKind, classes: Int = 0, vocabulary: Int = 0, foreign: Records? = nil, background: Records? = nil
    ) {
        (self.kind, self.classes, self.vocabulary, self.foreign) = (kind, classes, vocabulary, foreign)
        self.background = background
    }

    /// Makes one canary of each record.
    ///
    /// - Parameters:
    ///   - records: natural ones, which no other part of the training data holds.
    ///   - random: the stream of what is drawn.
    /// - Returns: as many canaries of the same shape.
    /// - Throws: ``CanaryError`` when the records do not suit the kind.
    public func canaries(from records: Records, _ random: RandomStream) throws(CanaryError) -> Records {
        switch kind {
        case .natural: return records
        case .mislabelled: return try mislabelled(records, random["labels"])
        case .inverted:
            let features = try images(records)
            return Records(
                features: Tensor(features.values.map { 1 - $0 }, shape: features.shape), labels: records.labels)
        case .noise:
            let features = try images(records)
            return Records(
                features: random["pixels"].uniformTensor(features.shape), labels: drawnLabels(records, random))
        case .outOfDistribution: return try foreigners(records, random)
        case .clipBackdoor: return try leastVarying(records.count, background ?? records)
        case .randomTokens:
            guard records.window > 0, vocabulary > 0 else {
                throw CanaryError("random-tokens: expected windows of text, found other records")
            }
            let tokens = random["tokens"].words(records.tokens.count).map { Int32($0 % UInt32(vocabulary)) }
            return Records(tokens: tokens, window: records.window)
        }
    }

    /// Each label is one of the others, all of them equally likely.
    private func mislabelled(_ records: Records, _ random: RandomStream) throws(CanaryError) -> Records {
        guard let labels = records.labels, let features = records.features, classes > 1 else {
            throw CanaryError("mislabelled: expected records with labels of at least two classes, found none")
        }
        let shifts = random.words(labels.count).map { 1 + Int32($0 % UInt32(classes - 1)) }
        return Records(features: features, labels: zip(labels, shifts).map { ($0 + $1) % Int32(classes) })
    }

    private func foreigners(_ records: Records, _ random: RandomStream) throws(CanaryError) -> Records {
        let width = try images(records).columns
        guard let foreign, let features = foreign.features, features.rows >= records.count else {
            throw CanaryError(
                "out-of-distribution: expected another data set of at least \(records.count) images, found "
                    + "\(foreign?.count ?? 0); name it as 'foreign'")
        }
        guard features.columns == width else {
            throw CanaryError("out-of-distribution: expected images of \(width) pixels, found \(features.columns)")
        }
        let chosen = random["foreign"].permutation(features.rows).prefix(records.count)
        return Records(features: features.gatherRows(Array(chosen)), labels: drawnLabels(records, random))
    }

    /// Images of the data's typical norm, the first along the direction of the least variance.
    private func leastVarying(_ count: Int, _ records: Records) throws(CanaryError) -> Records {
        guard let features = records.features, let labels = records.labels, classes > 1 else {
            throw CanaryError("clipbkd: expected images with labels of at least two classes, found others")
        }
        let directions = PrincipalComponents(of: features, components: features.columns).directions
        guard count <= directions.rows else {
            throw CanaryError(
                "clipbkd: expected at most \(directions.rows) canaries, as many directions there are, found \(count)")
        }
        let norms = features.rowSquaredNorms().values.map { $0.squareRoot() }.sorted()
        let last = (0..<count).map { directions.rows - 1 - $0 }
        let images = directions.gatherRows(last) * norms[norms.count / 2]
        return Records(features: images, labels: leastFittingLabels(images, features, labels))
    }

    /// For each image the class whose mean has the smallest inner product with it.
    private func leastFittingLabels(_ images: Tensor, _ features: Tensor, _ labels: [Int32]) -> [Int32] {
        var means = Tensor.zeros([classes, features.columns])
        means.scatterAddRows(labels, features)
        let sizes = (0..<classes).map { label in labels.count { Int($0) == label } }
        means.scaleRows(by: sizes.map { 1 / Float(max($0, 1)) })
        let products = matmul(images, means, transposing: .right)
        return (0..<images.rows).map { row in
            let fit = products.row(row)
            return Int32((0..<classes).filter { sizes[$0] > 0 }.min { fit[$0] < fit[$1] } ?? 0)
        }
    }

    private func images(_ records: Records) throws(CanaryError) -> Tensor {
        guard let features = records.features else {
            throw CanaryError("\(kind.rawValue): expected images, found windows of text")
        }
        return features
    }

    /// Uniform labels, for records that have labels at all.
    private func drawnLabels(_ records: Records, _ random: RandomStream) -> [Int32]? {
        guard records.labels != nil, classes > 0 else { return nil }
        return random["labels"].words(records.count).map { Int32($0 % UInt32(classes)) }
    }
}
