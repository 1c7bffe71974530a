import RealModule

/// Bounds on the privacy loss of composed events from both sides, by privacy loss distributions.
///
/// The upper bound is a guarantee, the lower one says how much better any other accountant could do. Both directions of
/// add-or-remove are computed and the larger counts. Rounding errors of the Fourier transform and all masses that were cut
/// off are added to δ.
///
/// - Source: Meiser and Mohammadi 2018, <https://eprint.iacr.org/2018/1091>; Doroshenko and others 2022,
///   <https://arxiv.org/abs/2207.04380>.
public struct PrivacyLossAccountant: Sendable {
    /// How far apart the bounds may be when nothing else is asked, as a share of the upper one.
    public static let defaultTolerance = 1e-3

    /// Which data sets are neighbours.
    public let relation: NeighbouringRelation
    private let ledger: PrivacyLedger
    /// One list of pairs for each direction that may be the worse one.
    private let directions: [[(pair: DominatingPair, count: Int)]]

    /// Creates an accountant of an event.
    ///
    /// - Throws: ``AccountingError`` for an impossible event, and ``AccountingError/noDominatingPair`` for a selection
    ///   among trials, whose loss has no such distribution.
    public init(
        _ event: PrivacyEvent, relation: NeighbouringRelation = .addOrRemove
    ) throws(AccountingError) {
        ledger = try PrivacyLedger(event)
        self.relation = relation
        directions = try DominatingPair.directions(of: ledger, relation)
    }

    /// Returns bounds on the smallest ε for a δ.
    ///
    /// Closed forms are used where there are any. When the budget of lattice points ends before the bounds are within the
    /// tolerance, they are as far apart as they are, and still bounds.
    ///
    /// - Parameters:
    ///   - delta: The δ, in (0, 1).
    ///   - tolerance: How far apart the bounds may be, as a share of the upper one.
    /// - Returns: The bounds; all infinite for an event that is not private.
    /// - Throws: ``AccountingError`` for a delta outside (0, 1) or a tolerance that is not positive.
    /// - Complexity: some ten Fourier transforms of a few thousand numbers for training of thousands of steps,
    ///   milliseconds.
    public func epsilon(delta: Double, tolerance: Double = defaultTolerance) throws(AccountingError) -> EpsilonBounds {
        try AccountingError.checkDelta(delta)
        guard tolerance > 0 else { throw .tolerance(tolerance) }
        if let exact = try exact(delta) { return exact }
        var result = EpsilonBounds(lower: 0, estimate: 0, upper: 0)
        for (index, pairs) in directions.enumerated() {
            // The second direction is rarely the worse one: a coarse look mostly settles it.
            let dominating = index == 0 ? nil : Optional(result.lower)
            let ceiling = pairs.reduce(0) { $0 + Double($1.count) * $1.pair.largestLoss }
            var found = EpsilonBounds(lower: 0, estimate: ceiling, upper: ceiling)
            if ceiling > dominating ?? -1 {
                let search = LatticeSearch(pairs, delta: delta, tolerance: tolerance)
                if let bounds = search.bounds(dominatedBy: dominating) {
                    found = found.meeting(bounds)
                } else {
                    found = found.meeting(try fallback(delta))
                }
            }
            result = result.larger(found)
        }
        return result
    }

    /// What needs no lattice.
    private func exact(_ delta: Double) throws(AccountingError) -> EpsilonBounds? {
        if ledger.entries.contains(where: { $0.event == .nonPrivate }) {
            return EpsilonBounds(lower: .infinity, estimate: .infinity, upper: .infinity)
        }
        if logOfNotTaken >= Double.log(onePlus: -delta) { return EpsilonBounds(lower: 0, estimate: 0, upper: 0) }
        guard let exact = try exactEpsilon(of: ledger.event, delta: delta, relation: relation) else { return nil }
        // The closed form is solved by bisection of rounded numbers.
        return EpsilonBounds(lower: exact * (1 - 1e-8), estimate: exact, upper: exact * (1 + 1e-8))
    }

    /// ln of the probability that a record was in no sample at all: where it was not, nothing can be told.
    private var logOfNotTaken: Double {
        ledger.entries.reduce(0) { sum, entry in
            guard case .poissonSampledGaussian(let rate, _) = entry.event else { return -.infinity }
            return sum + Double(entry.count) * Double.log(onePlus: -rate)
        }
    }

    /// The Rényi bound, where a lattice would need too many points; below, one event alone where that is known.
    private func fallback(_ delta: Double) throws(AccountingError) -> EpsilonBounds {
        let upper = try RenyiAccountant(ledger.event, relation: relation).epsilon(delta: delta).epsilon
        var lower = 0.0
        for entry in ledger.entries {
            lower = max(lower, try exactEpsilon(of: entry.event, delta: delta, relation: relation) ?? 0)
        }
        lower = min(lower, upper)
        return EpsilonBounds(lower: lower, estimate: upper, upper: upper)
    }
}

extension DominatingPair {
    /// The pairs of all events, one list per direction of the relation that may be the worse one.
    ///
    /// Gaussians on all data are joined to one: their μ² add up.
    static func directions(
        of ledger: PrivacyLedger, _ relation: NeighbouringRelation
    ) throws(AccountingError) -> [[(pair: DominatingPair, count: Int)]] {
        let reach = relation == .replaceOne ? 2.0 : 1
        var squaredMu = 0.0
        var (first, second): ([(DominatingPair, Int)], [(DominatingPair, Int)]) = ([], [])
        for entry in ledger.entries {
            switch entry.event {
            case .gaussian(let sigma), .poissonSampledGaussian(1, let sigma):
                squaredMu += Double(entry.count) * reach * reach / sigma / sigma
            case .poissonSampledGaussian(0, _), .nonPrivate: continue
            case .poissonSampledGaussian(let rate, let sigma):
                if relation == .replaceOne {
                    first.append((.replacing(rate: rate, noiseMultiplier: sigma), entry.count))
                } else {
                    first.append((.removing(rate: rate, noiseMultiplier: sigma), entry.count))
                    second.append((.adding(rate: rate, noiseMultiplier: sigma), entry.count))
                }
            case .laplace(let scale): first.append((.laplace(scale: scale / reach), entry.count))
            case .repeatAndSelect: throw .noDominatingPair
            case .composed, .repeated: preconditionFailure("a ledger holds no nested events")
            }
        }
        // Without a sampled event, P and Q are mirror images.
        let symmetric = first.filter { if case .removing = $0.0 { false } else { true } }
        let whole = squaredMu > 0 ? [(Self.removing(rate: 1, noiseMultiplier: 1 / squaredMu.squareRoot()), 1)] : []
        return second.isEmpty ? [first + whole] : [first + whole, second + symmetric + whole]
    }
}

/// The search for a lattice that is fine enough and a window that is wide enough.
struct LatticeSearch {
    private let pairs: [(pair: DominatingPair, count: Int)]
    private let delta: Double
    private let tolerance: Double
    private let saddle: SaddlePoint
    private let steps: Double
    private let tails: LossTails

    init(_ pairs: [(pair: DominatingPair, count: Int)], delta: Double, tolerance: Double) {
        (self.pairs, self.delta, self.tolerance) = (pairs, delta, tolerance)
        steps = pairs.reduce(0) { $0 + Double($1.count) }
        tails = LossTails(low: 1e-6 / steps, high: max(1e-290, 1e-5 * delta / steps))
        saddle = SaddlePoint(pairs, delta: delta, tails: tails)
    }

    /// The spacing that should leave a gap of `tolerance`.
    ///
    /// Splitting masses between lattice points adds T·h²(t+1)/12 to ε and joining them takes half of that away, as long as
    /// the spacing h is small against the spread of one step's loss.
    private func spacing(_ tolerance: Double) -> Double {
        let size = max(saddle.epsilon, saddle.spread / 100, 1e-9)
        let fine = (8 * tolerance * size / steps / (saddle.tilt + 1)).squareRoot()
        return min(fine, saddle.spread / 4 + 1e-12)
    }

    /// Returns the bounds of this direction.
    ///
    /// - Parameter dominating: A value that the other direction reaches: below it, nothing more need be known.
    /// - Returns: The bounds; nil when no lattice of an affordable size gives any.
    func bounds(dominatedBy dominating: Double?) -> EpsilonBounds? {
        guard saddle.epsilon.isFinite, saddle.spread > 0 else { return nil }
        var spacing = spacing(dominating == nil ? 0.7 * tolerance : 10 * tolerance)
        let window = saddle.window(share: 1e-4)
        var best: EpsilonBounds?
        for _ in 0..<10 {
            guard
                let lattice = Lattice(pairs, spacing: spacing, tails: tails, delta: delta, tilt: saddle.tilt, window),
                let found = lattice.bounds
            else {
                // Too many points, or a window beside the mark: a coarser lattice may still give something.
                guard best == nil, spacing < window.end - window.start else { break }
                spacing *= 3
                continue
            }
            let bounds = best?.meeting(found) ?? found
            best = bounds
            if bounds.isWithin(tolerance) { break }
            if let dominating, bounds.upper <= dominating { break }
            let excess = (bounds.upper - bounds.lower) / (tolerance * bounds.upper + 1e-9)
            spacing *= min(0.6, max(0.1, 0.8 / excess.squareRoot()))
        }
        return best
    }
}

/// Both roundings on one lattice and window.
private struct Lattice {
    private let upper: ComposedPrivacyLoss
    private let lower: ComposedPrivacyLoss
    private let delta: Double

    init?(
        _ pairs: [(pair: DominatingPair, count: Int)], spacing: Double, tails: LossTails, delta: Double, tilt: Double,
        _ window: LossWindow
    ) {
        let points = (window.end - window.start) / spacing + 1
        guard points < Double(1 << 20) else { return nil }
        let count = max(64, Self.powerOfTwo(atLeast: points))
        var parts: [(lower: ComposedPrivacyLoss.Part, upper: ComposedPrivacyLoss.Part)] = []
        for (pair, repetitions) in pairs {
            guard let cut = DiscretisedPair(pair, spacing: spacing, tails: tails)
            else { return nil }
            parts.append(
                (
                    ComposedPrivacyLoss.Part(distribution: cut.distribution(.optimistic), count: repetitions),
                    ComposedPrivacyLoss.Part(distribution: cut.distribution(.pessimistic), count: repetitions)
                ))
        }
        guard
            let upper = ComposedPrivacyLoss(parts.map(\.upper), tilt: tilt, window: window, count: count),
            let lower = ComposedPrivacyLoss(parts.map(\.lower), tilt: tilt, window: window, count: count)
        else { return nil }
        (self.upper, self.lower, self.delta) = (upper, lower, delta)
    }

    private static func powerOfTwo(atLeast size: Double) -> Int {
        var count = 1
        while Double(count) < size { count *= 2 }
        return count
    }

    /// The bounds; nil when the window is too narrow for the upper one.
    var bounds: EpsilonBounds? {
        guard let high = upper.epsilon(delta: delta, .pessimistic), high.isFinite else { return nil }
        let low = min(high, lower.epsilon(delta: delta, .optimistic) ?? 0)
        // Splitting masses errs twice as much as joining them.
        return EpsilonBounds(lower: low, estimate: low + (high - low) / 3, upper: high)
    }
}
