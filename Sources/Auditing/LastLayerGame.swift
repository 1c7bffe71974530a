import Autograd
package import Models
import RealModule
public import Tensors
public import ThreatModel

/// The game of the last layer: it alone knows the head, and how much of it logits can show.
public struct LastLayerGame: Sendable {
    /// What an adversary read.
    public enum Reading: Sendable, Equatable {
        /// Logits as they are.
        case logits
        /// Logits less that of one of the tokens.
        case differences
        /// Logarithms of probabilities, where each row has its own normaliser.
        case logProbabilities
    }

    private let network: Transformer
    /// The head with the final norm's gains folded into it, [vocabulary, width].
    private let folded: RealMatrix
    private let hidesDirection: Bool

    /// Starts a game with the victim.
    ///
    /// - Throws: ``ThreatModelError`` when it is no language model.
    package init(victim: Model) throws(ThreatModelError) {
        guard case .transformer(let network) = victim.architecture else {
            throw .unsupported("last layer over tokens", family: victim.architecture.family)
        }
        self.network = network
        let parameters = victim.parameters
        let gains = parameters["ln_f.weight"].values.map(Double.init)
        let head = RealMatrix(parameters[network.isTied ? "wte.weight" : "lm_head.weight"])
        folded = RealMatrix(rows: head.rows, columns: head.columns) { head[$0, $1] * gains[$1] }
        let biases = network.hasNormBias ? parameters["ln_f.bias"].values.map(Double.init) : []
        // What layer norm takes away is the mean; a bias brings it back unless it has none in the norm's own scale.
        let mean = zip(biases, gains).reduce(0) { $0 + ($1.1 == 0 ? 0 : $1.0 / $1.1) }
        hidesDirection = network.norm == .layer && mean == 0
    }

    /// The hidden width.
    public var width: Int { network.width }

    /// The rank that logits of so many tokens have: the hidden width, less one where layer norm has no bias; log-
    /// probabilities add a direction, and no matrix has a rank above its extents.
    ///
    /// Not counted is what chance may do, such as a head whose columns depend on each other.
    public func predictedRank(tokens: Int, _ reading: Reading) -> Int {
        let rank = network.width - (hidesDirection ? 1 : 0)
        return switch reading {
        case .logits: min(rank, tokens)
        case .differences: min(rank, tokens - 1)
        case .logProbabilities: min(rank + 1, tokens)
        }
    }

    /// Grades what an adversary read.
    ///
    /// The head is compared by its first columns, as many as the predicted rank at most: with more of them, those of
    /// noise would fit what they do not show.
    /// - Throws: ``Tensors/LinearAlgebraError`` when the evidence holds numbers that are not finite.
    /// - Complexity: O(tokens·dimension·(dimension + width)).
    public func grade(_ evidence: LastLayer) throws(LinearAlgebraError) -> LastLayerGrade {
        let reading: Reading =
            evidence.reference != nil ? .differences : evidence.isNormalised ? .logProbabilities : .logits
        let predicted = predictedRank(tokens: evidence.tokens.count, reading)
        let target = visibleHead.gatherRows(evidence.tokens.map { Int($0) })
        let head = evidence.head.firstColumns(predicted)
        let other = RealMatrix(RandomStream(seed: 0)["control"].normalTensor([target.rows, target.columns]))
        return LastLayerGrade(
            width: network.width, predictedRank: predicted, dimension: evidence.dimension,
            error: try Self.error(of: head, target), control: try Self.error(of: head, other),
            gap: evidence.gap(after: predicted),
            leastSingularValue: evidence.singularValues.prefix(predicted).dropFirst(max(predicted - 1, 0)).first ?? 0,
            contexts: evidence.contexts, tokens: evidence.tokens.count)
    }

    /// The folded head without the direction that layer norm hides.
    private var visibleHead: RealMatrix {
        guard hidesDirection else { return folded }
        let means = (0..<folded.rows).map { folded.row($0).reduce(0, +) / Double(folded.columns) }
        return RealMatrix(rows: folded.rows, columns: folded.columns) { folded[$0, $1] - means[$0] }
    }

    /// The root mean square of what a linear map of a head, and a constant per column, leave of a target, over the
    /// target's own; 0 of a target that is nothing.
    private static func error(of head: RealMatrix, _ target: RealMatrix) throws(LinearAlgebraError) -> Double {
        guard target.norm > 0 else { return 0 }
        let columns = head.joined(RealMatrix(rows: head.rows, columns: 1) { _, _ in 1 })
        // Columns are as long as their singular values, which differ by orders; lengths of one keep all of them.
        let lengths = (0..<columns.columns).map { column in
            (0..<columns.rows).reduce(0.0) { $0 + columns[$1, column] * columns[$1, column] }.squareRoot()
        }
        let scaled = RealMatrix(rows: columns.rows, columns: columns.columns) {
            columns[$0, $1] / (lengths[$1] > 0 ? lengths[$1] : 1)
        }
        let fit = try scaled.leastSquares(target).solution
        return (scaled * fit - target).norm / target.norm
    }
}

extension RealMatrix {
    /// The first columns, or all where there are fewer.
    fileprivate func firstColumns(_ count: Int) -> RealMatrix {
        RealMatrix(rows: rows, columns: min(count, columns)) { self[$0, $1] }
    }
}

/// How much of a last layer an adversary has.
public struct LastLayerGrade: Codable, Sendable, Equatable {
    /// The hidden width.
    public let width: Int
    /// The rank that the logits should have.
    public let predictedRank: Int
    /// The adversary's estimate of it.
    public let dimension: Int
    /// The relative root mean square of the head that a linear map of the adversary's does not explain, of which no more
    /// columns count than the predicted rank.
    ///
    /// It says nothing where ``control`` is as small: as many columns as there are tokens explain anything.
    public let error: Double
    /// The same of a random head of the same size, which nothing was read of.
    public let control: Double
    /// The gap after the predicted rank, in nats; `nil` where there are no more singular values.
    public let gap: Double?
    /// The singular value of the predicted rank, the last that is no noise.
    public let leastSingularValue: Double
    /// The contexts after which logits were read.
    public let contexts: Int
    /// The tokens whose logits were read.
    public let tokens: Int

    /// The largest singular value of what rounding logits to some decimals adds: 0.29·10⁻ᵈ·(√contexts + √tokens).
    ///
    /// The error of a rounded number is uniform, of deviation 10⁻ᵈ/√12; the rest is the norm of a random matrix.
    public func roundingNoise(decimals: Int) -> Double {
        Double.pow(10, Double(-decimals)) / 12.0.squareRoot() * extents
    }

    /// The number of decimals, not a whole one, below which rounding of logits closes the gap; `nil` without one.
    public var closingDecimals: Double? {
        leastSingularValue > 0 ? Double.log10(extents / 12.0.squareRoot() / leastSingularValue) : nil
    }

    private var extents: Double { Double(contexts).squareRoot() + Double(tokens).squareRoot() }

    /// What a report says of it.
    public var measures: [Measure] {
        [
            Measure(name: "estimated width", value: Double(dimension), unit: "of \(predictedRank) visible"),
            Measure(name: "hidden width", value: Double(width)),
            Measure(
                name: "relative error of the last layer", value: error, control: control, controlName: "a random head"),
        ]
            + (gap.map { [Measure(name: "gap after the visible width", value: $0, unit: "nats")] } ?? [])
            + (closingDecimals.map { [Measure(name: "decimals that close the gap", value: $0)] } ?? [])
    }
}
