import Tensors

/// Which parameters' per-example gradients are kept once they have been built for their norms.
///
/// A norm is found in the cheapest of three ways: from the rows directly when there is one per example; by Gram matrices
/// of the rows; or by building the gradient. What has been built need not be multiplied a second time for the weighted
/// sum, if there is room to keep it: a sum of rows takes its place. Room is granted parameter by parameter, in their
/// order, to those for which keeping costs less than forgetting; it is a function of shapes alone, as all bytes are.
/// - Source: Bu, Wang, Zha and Karypis, ICML 2023, whose hybrid chooses between the first two; fastDP keeps nothing.
struct GradientBudget {
    /// The bytes of gradients that a step may keep, 128 MiB: all of a transformer of four blocks of width 128 for 32
    /// windows, beside factors of about that size.
    static let bytes = 128 << 20

    private var left: Int

    init(bytes: Int = Self.bytes) { left = bytes }

    /// Takes room for so many floats, if there is that much.
    mutating func take(floats: Int) -> Bool {
        let bytes = floats * MemoryLayout<Float>.stride
        guard bytes <= left else { return false }
        left -= bytes
        return true
    }
}

/// The work, in multiply-adds per example, of the ways to a parameter's norms and weighted sum.
struct FactorCost: Equatable {
    /// Of the norm by the cheapest way that keeps nothing.
    var norm: Int
    /// Of adding to the weighted sum from the factors.
    var sum: Int
    /// Of building the gradient.
    var building: Int
    /// The floats of the gradient.
    var size: Int

    /// To write a float that does not stay in the cache and to read it again takes about as long as so many
    /// multiply-adds of a product.
    private static let price = 32

    /// Whether it is cheaper to build the gradient and to add up what was kept.
    var keepingPays: Bool { building + Self.price * size < norm + sum }
}

/// Gradients that were built for their norms, one row per example, until they are added up.
final class KeptGradients {
    /// Shape [examples, parameter size]; `nil` before norms were asked for.
    var rows: Tensor?
}
