public import Accounting
public import Autograd
public import Tensors

/// Prefix sums with the noise of a binary tree: the mechanism of DP-FTRL.
///
/// The steps of an epoch are the leaves. Every node whose leaves are all done is released once, as the sum of its leaves
/// with noise of its own; the prefix sum after step t adds up the nodes that the binary digits of t name, so it holds
/// the noise of log₂ t nodes instead of t steps. What a step releases is the difference of two prefix sums, so that any
/// optimiser that adds up gradients walks along noisy prefix sums; everything that is done with them is post-processing.
///
/// A record takes part in one step of an epoch, so it is in one node of each level: in ⌊log₂ n⌋ + 1 nodes of n leaves.
/// The nodes together are a Gaussian mechanism whose sensitivity is C·√levels when a record's clipped gradient
/// (norm C at most) vanishes. Steps may depend on what was released before (Denisov and others 2022, theorem 2.1). No
/// sampling is assumed: which record comes when may be known.
///
/// - Source: Kairouz, McMahan, Song, Thakkar, Thakurta and Xu 2021, "Practical and private (deep) learning without
///   sampling or shuffling", <https://arxiv.org/abs/2103.00039>, with a new tree for each epoch (their TreeRestart);
///   Dwork, Naor, Pitassi and Rothblum 2010 for the tree; Denisov, McMahan, Rush, Smith and Thakurta 2022,
///   <https://arxiv.org/abs/2202.08312>.
/// - Deviation: no estimate of a node from its children (Honaker 2015) and no completion of the tree at the end of an
///   epoch; with a power of two of steps the last prefix sum holds the noise of one node anyway.
public struct TreeAggregation: Sendable, Equatable {
    /// A node: the sum of 2^`level` leaves, the `index`-th of its level.
    struct Node: Hashable {
        var level: Int
        var index: Int
    }

    /// The number of steps of an epoch.
    public let leaves: Int

    /// Creates a tree of at least one leaf.
    public init(leaves: Int) {
        precondition(leaves > 0, "a tree of \(leaves) leaves")
        self.leaves = leaves
    }

    /// How many nodes a leaf is in, at most: ⌊log₂ n⌋ + 1.
    public var levels: Int { Int.bitWidth - leaves.leadingZeroBitCount }

    /// The event of a whole tree, with node noise of a multiplier of the clipping norm.
    ///
    /// Neighbours differ by one record that contributes nothing in its step; the steps stay as they are.
    public func event(noiseMultiplier: Double) -> PrivacyEvent {
        .gaussian(noiseMultiplier: noiseMultiplier / Double(levels).squareRoot())
    }

    /// The node that is done with a leaf and is in the prefix sum from then on.
    static func added(at leaf: Int) -> Node {
        let level = (leaf + 1).trailingZeroBitCount
        return Node(level: level, index: leaf >> level)
    }

    /// The nodes that it takes the place of, which were in the prefix sum before the leaf.
    static func replaced(at leaf: Int) -> [Node] {
        (0..<(leaf + 1).trailingZeroBitCount).map { Node(level: $0, index: (leaf >> $0) - 1) }
    }
}

extension RandomStream {
    fileprivate subscript(node: TreeAggregation.Node) -> NoiseSource { .seeded(self[node.level][node.index]) }
}

extension BoundedSum {
    /// Returns the sum of a leaf with the noise that turns the noisy prefix sum before it into the one after it.
    ///
    /// It adds the noise of the node that is done with this leaf, N(0, (noiseMultiplier·sensitivity)²) per coordinate,
    /// and takes away that of the nodes which it replaces: on average that of two nodes.
    ///
    /// - Parameters:
    ///   - leaf: The step in its epoch, from 0.
    ///   - noiseMultiplier: The deviation of a node's noise in units of the sensitivity, the same for all leaves.
    ///   - random: The stream of the tree; the noise of a node is addressed by its level and index.
    /// - Returns: The difference of two noisy prefix sums.
    /// - Precondition: The sensitivity is the same for all leaves of a tree.
    public consuming func released(
        intoTreeAt leaf: Int, noiseMultiplier: Double, random: RandomStream
    ) -> Parameters {
        let deviation = Float(noiseMultiplier * sensitivity)
        var difference = released(noiseMultiplier: noiseMultiplier, noise: random[TreeAggregation.added(at: leaf)])
        for node in TreeAggregation.replaced(at: leaf) {
            let noise = random[node]
            for name in difference.names {
                difference.update(name) { noise.addNormals(to: &$0, deviation: -deviation, purpose: name) }
            }
        }
        return difference
    }
}

extension GradientPrivacy {
    /// How gradients are released.
    public enum Mechanism: String, Codable, Sendable, CaseIterable {
        /// DP-SGD: Poisson batches, independent noise.
        case sgd
        /// DP-FTRL: every record once per epoch, the noise of a tree.
        case ftrl
    }

    /// Releases the gradient of a step of DP-FTRL, and the event of its tree with the tree's first step.
    ///
    /// - Parameters:
    ///   - sum: The clipped sum of the step's records.
    ///   - step: The step of the training, from 0.
    ///   - tree: The tree of an epoch.
    ///   - batch: By what the sum is divided; the same for all steps.
    ///   - random: The stream of all trees.
    /// - Returns: The difference of two noisy prefix sums divided by `batch`, and `nil` for the event after the first
    ///   step of an epoch, whose event covers all of its steps.
    /// - Source: Kairouz and others 2021, algorithm 1.
    public func release(
        _ sum: consuming BoundedSum, step: Int, into tree: TreeAggregation, batch: Double, random: RandomStream
    ) -> (gradient: Parameters, event: PrivacyEvent?) {
        let (epoch, leaf) = step.quotientAndRemainder(dividingBy: tree.leaves)
        var gradient = sum.released(intoTreeAt: leaf, noiseMultiplier: noiseMultiplier, random: random[epoch])
        gradient.scale(by: Float(1 / batch))
        return (gradient, leaf == 0 ? tree.event(noiseMultiplier: noiseMultiplier) : nil)
    }
}
