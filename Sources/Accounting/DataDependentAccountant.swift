import RealModule

/// An epsilon that was computed from the private data and so may not be published.
///
/// It holds for the data at hand. But it is itself a function of them, not a differentially private one, and another
/// data set would have given another number. To publish it takes noise scaled to its smooth sensitivity (Papernot and
/// others 2018, section 5.2), which we do not compute.
public struct UnpublishableEpsilon: Codable, Sendable, Equatable {
    /// What the releases lost on these data, at least 0.
    public let epsilon: Double
    /// The Rényi order that gave it.
    public let order: Double
    /// Why nobody but the owner of the data may see it, in words for a report.
    public static let warning =
        "depends on the private data: unpublishable without smooth sensitivity (Papernot et al. 2018)"
}

/// What releases lost on the data at hand, by Rényi differential privacy.
///
/// Beside it, ``RenyiAccountant`` on the same releases' events says what they may lose on any data: that is the
/// guarantee.
///
/// - Source: Papernot and others 2018, <https://arxiv.org/abs/1802.08908>.
public struct DataDependentAccountant: Sendable {
    private let orders: [Double]
    private var divergences: [Double]

    /// Creates an accountant that has seen nothing.
    ///
    /// - Throws: ``AccountingError/orders(_:)`` when there are none, or one is not finite or not above 1.
    public init(orders: [Double] = RenyiAccountant.defaultOrders) throws(AccountingError) {
        guard !orders.isEmpty, orders.allSatisfy({ $0 > 1 && $0.isFinite }) else { throw .orders(orders) }
        self.orders = orders
        divergences = orders.map { _ in 0 }
    }

    /// Adds a release.
    ///
    /// - Complexity: O(orders)
    public mutating func compose(_ outcome: LikelyOutcome) {
        for (index, order) in orders.enumerated() { divergences[index] += outcome.divergence(order: order) }
    }

    /// Returns what everything so far lost on these data, by the improved conversion.
    ///
    /// - Throws: ``AccountingError/delta(_:)`` outside (0, 1).
    /// - Complexity: O(orders)
    public func epsilon(delta: Double) throws(AccountingError) -> UnpublishableEpsilon {
        try AccountingError.checkDelta(delta)
        let free = -Double.log(onePlus: -delta * delta)
        let bounds = zip(orders, divergences).map { order, divergence in
            let epsilon = divergence <= free ? 0 : divergence + RenyiAccountant.surcharge(order, delta, .improved)
            return UnpublishableEpsilon(epsilon: max(0, epsilon), order: order)
        }
        guard let best = bounds.min(by: { $0.epsilon < $1.epsilon }) else { preconditionFailure("no orders") }
        return best
    }
}
