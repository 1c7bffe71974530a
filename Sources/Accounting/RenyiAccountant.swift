import RealModule

/// An upper bound on the privacy loss of composed events by Rényi differential privacy.
///
/// - Source: Mironov 2017, <https://arxiv.org/abs/1702.07476>; Mironov, Talwar and Zhang 2019,
///   <https://arxiv.org/abs/1908.10530>.
public struct RenyiAccountant: Sendable {
    /// How a Rényi divergence becomes an epsilon for a delta.
    public enum Conversion: String, Codable, Sendable, CaseIterable {
        /// ε = ρ + ln(1 − 1/α) − ln(αδ)/(α − 1): Canonne, Kamath and Steinke 2020, proposition 12; Balle and others 2020.
        case improved
        /// ε = ρ + ln(1/δ)/(α − 1): Mironov 2017, proposition 3; what papers before 2020 print.
        case classic
    }

    /// An epsilon and the order that gave it.
    public struct Bound: Codable, Sendable, Equatable {
        /// The upper bound, at least 0, infinite when no order gives a bound.
        public var epsilon: Double
        /// The Rényi order that gave it; at the first or the last order, more orders may give a smaller bound.
        public var order: Double
    }

    /// 1.1 to 10.9 in steps of 0.1, 11 to 63, then 128, 256, 512 and 1024.
    public static let defaultOrders: [Double] =
        (11..<110).map { Double($0) / 10 } + (11...63).map(Double.init) + [128, 256, 512, 1024]

    /// The orders, all above 1.
    public let orders: [Double]
    /// Which data sets are neighbours.
    public let relation: NeighbouringRelation
    /// The divergence so far, in nats, one per order.
    public private(set) var divergences: [Double]

    /// Creates an accountant that has seen nothing.
    ///
    /// - Throws: ``AccountingError/orders(_:)`` when there are none, or one is not finite or not above 1.
    public init(
        orders: [Double] = RenyiAccountant.defaultOrders, relation: NeighbouringRelation = .addOrRemove
    ) throws(AccountingError) {
        guard !orders.isEmpty, orders.allSatisfy({ $0 > 1 && $0.isFinite }) else { throw .orders(orders) }
        self.orders = orders
        self.relation = relation
        divergences = orders.map { _ in 0 }
    }

    /// Creates an accountant that has seen an event.
    ///
    /// - Throws: ``AccountingError`` for impossible orders or an impossible event.
    public init(
        _ event: PrivacyEvent, orders: [Double] = RenyiAccountant.defaultOrders,
        relation: NeighbouringRelation = .addOrRemove
    ) throws(AccountingError) {
        try self.init(orders: orders, relation: relation)
        try compose(event)
    }

    /// Adds an event that happened `count` times.
    ///
    /// - Throws: ``AccountingError`` for an impossible noise multiplier, rate or count.
    /// - Complexity: one divergence per order and distinct event, milliseconds; independent of `count`. Collect single
    ///   steps in a ``PrivacyLedger`` first.
    public mutating func compose(_ event: PrivacyEvent, count: Int = 1) throws(AccountingError) {
        var ledger = PrivacyLedger()
        try ledger.record(event, count: count)
        for entry in ledger.entries {
            for (index, divergence) in try divergences(of: entry.event).enumerated() {
                divergences[index] += Double(entry.count) * divergence
            }
        }
    }

    /// The divergences of an event of a ledger, one per order.
    private func divergences(of event: PrivacyEvent) throws(AccountingError) -> [Double] {
        let reach = relation == .replaceOne ? 2.0 : 1
        switch event {
        case .gaussian(let sigma), .poissonSampledGaussian(1, let sigma):
            return orders.map { renyiDivergence(order: $0, rate: 1, noiseMultiplier: sigma / reach) }
        case .poissonSampledGaussian(let rate, let sigma):
            return orders.map { order in
                relation == .replaceOne
                    ? renyiDivergenceOfReplacing(order: order, rate: rate, noiseMultiplier: sigma)
                    : renyiDivergence(order: order, rate: rate, noiseMultiplier: sigma)
            }
        case .laplace(let scale):
            return orders.map { renyiDivergenceOfLaplace(order: $0, scale: scale / reach) }
        case .nonPrivate: return orders.map { _ in .infinity }
        case .repeatAndSelect(let run, let trials):
            let ofRun = try RenyiAccountant(run, orders: orders, relation: relation).divergences
            return trials.divergences(ofRun: ofRun, orders: orders)
        case .composed, .repeated: preconditionFailure("a ledger holds no nested events")
        }
    }

    /// Returns the smallest epsilon over all orders for which everything so far is (ε, δ)-differentially private.
    ///
    /// A divergence of at most −ln(1 − δ²) gives ε = 0 with either conversion, because the total variation is then at most
    /// δ (Bretagnolle and Huber 1979). So nothing costs nothing.
    ///
    /// - Throws: ``AccountingError/delta(_:)`` outside (0, 1).
    /// - Complexity: O(orders)
    public func epsilon(delta: Double, conversion: Conversion = .improved) throws(AccountingError) -> Bound {
        try AccountingError.checkDelta(delta)
        let free = -Double.log(onePlus: -delta * delta)
        var best = Bound(epsilon: .infinity, order: orders[0])
        for (order, divergence) in zip(orders, divergences) {
            let converted = divergence <= free ? 0 : divergence + Self.surcharge(order, delta, conversion)
            if converted < best.epsilon { best = Bound(epsilon: max(0, converted), order: order) }
        }
        return best
    }

    /// What a conversion adds to the divergence.
    static func surcharge(_ order: Double, _ delta: Double, _ conversion: Conversion) -> Double {
        switch conversion {
        case .improved:
            Double.log(onePlus: -1 / order) - (Double.log(order) + Double.log(delta)) / (order - 1)
        case .classic:
            -Double.log(delta) / (order - 1)
        }
    }
}
