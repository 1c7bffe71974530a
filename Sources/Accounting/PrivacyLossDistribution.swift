import RealModule

/// The distribution of a mechanism's privacy loss on a lattice, a bound from above or from below.
///
/// Losses are multiples of `spacing` from an origin, so that the losses of composed mechanisms are too.
struct PrivacyLossDistribution: Sendable {
    /// Which side of the true δ(ε) the lattice's lies on.
    enum Rounding: Sendable {
        /// δ(ε) is at least the true one for every ε.
        case pessimistic
        /// δ(ε) is at most the true one for every ε.
        case optimistic
    }

    /// The distance of neighbouring losses, in nats.
    let spacing: Double
    /// The loss that is no multiple of the spacing.
    let origin: Double
    /// The loss of the first mass, in multiples of the spacing from the origin.
    let lowest: Int
    /// The probabilities of the losses; for optimistic rounding they may sum to less than 1.
    let masses: [Double]
    /// The probability of an infinite loss.
    let infinite: Double

    /// Returns the loss at a place of ``masses``.
    func loss(_ index: Int) -> Double { origin + Double(lowest + index) * spacing }

    /// Returns δ(ε) = P[loss = ∞] + Σ (1 − e^(ε−l))⁺·P[l].
    func delta(epsilon: Double) -> Double {
        masses.indices.reduce(infinite) { sum, index in
            let l = loss(index)
            return l > epsilon ? sum - masses[index] * Double.expMinusOne(epsilon - l) : sum
        }
    }
}

/// A small interval of outputs: what P has there, and how much that is above e^(lower edge)·Q.
private struct LossPiece {
    /// The lattice point at or below its losses.
    var cell: Int
    var mass: Double
    var excess: Double

    /// What P has above e^`loss`·Q.
    func excess(over loss: Double, _ spacing: Double) -> Double {
        excess + Double.expMinusOne(loss - Double(cell) * spacing) * (excess - mass)
    }
}

/// A pair's outputs cut into intervals, from which both roundings are made.
///
/// - Complexity: four evaluations of the densities per piece, and at least two pieces per lattice point.
struct DiscretisedPair {
    private let spacing: Double
    private var pieces: [LossPiece] = []
    private let lowMass: Double
    private let highMass: Double

    /// How many pieces the cutting makes at most; nil when a distribution has more, and another spacing is needed.
    static let largestCount = 1 << 19

    /// Cuts a pair's outputs where their losses cross multiples of `spacing`.
    ///
    /// - Parameters:
    ///   - pair: What to cut.
    ///   - spacing: The lattice's, in nats.
    ///   - tails: The probabilities that may be cut off.
    init?(_ pair: DominatingPair, spacing: Double, tails: LossTails) {
        self.spacing = spacing
        let range = pair.range(tails)
        let (start, end) = (range.lowerBound, range.upperBound)
        let (first, last) = (
            (pair.loss(at: start) / spacing).rounded(.down), (pair.loss(at: end) / spacing).rounded(.down)
        )
        guard last - first < Double(Self.largestCount), abs(first) < 1e15, abs(last) < 1e15 else { return nil }
        (lowMass, highMass) = (pair.mass(below: start), pair.mass(above: end))
        pieces.reserveCapacity(2 * (Int(last - first) + 2))
        addAtom(pair.atoms.first)
        var v = start
        for cell in Int(first)...(Int(last) + 1) where v < end {
            let next = min(pair.position(of: Double(cell + 1) * spacing), end)
            guard next > v else { continue }
            guard add(pair, from: v, to: next, cell: cell) else { return nil }
            v = next
        }
        addAtom(pair.atoms.last)
        guard !pieces.isEmpty else { return nil }
        normalise()
    }

    private mutating func addAtom(_ atom: DominatingPair.Atom?) {
        guard let atom else { return }
        let cell = (atom.loss / spacing).rounded(.down)
        let excess = -atom.mass * Double.expMinusOne(cell * spacing - atom.loss)
        pieces.append(LossPiece(cell: Int(cell), mass: atom.mass, excess: excess))
    }

    /// Adds the pieces of one cell; false when there are too many.
    private mutating func add(_ pair: DominatingPair, from start: Double, to end: Double, cell: Int) -> Bool {
        let epsilon = Double(cell) * spacing
        let edge = pair.position(of: epsilon)
        let width = min(pair.panelWidth(at: start), pair.panelWidth(at: end))
        let wanted = ((end - start) / width).rounded(.up)
        guard Double(pieces.count) + wanted < Double(Self.largestCount) else { return false }
        let parts = max(2, Int(wanted))
        let step = (end - start) / Double(parts)
        for part in 0..<parts {
            let centre = start + (Double(part) + 0.5) * step
            var piece = LossPiece(cell: cell, mass: 0, excess: 0)
            for (node, weight) in Self.gauss {
                let density = pair.density(at: centre + node * step, aboveLoss: epsilon, edge: edge)
                piece.mass += weight * step * density.mass
                piece.excess += weight * step * density.excess
            }
            if piece.mass > 0 { pieces.append(piece) }
        }
        return true
    }

    /// Nodes and weights of Gauss and Legendre with four points, on an interval of length 1 about 0.
    private static let gauss: [(node: Double, weight: Double)] = [
        (-0.4305681557970263, 0.1739274225687269), (-0.16999052179242813, 0.3260725774312731),
        (0.16999052179242813, 0.3260725774312731), (0.4305681557970263, 0.1739274225687269),
    ]

    /// Takes the last digits of the quadrature's error out of the sum of all masses.
    private mutating func normalise() {
        let factor = (1 - highMass - lowMass) / pieces.reduce(0) { $0 + $1.mass }
        for index in pieces.indices {
            pieces[index].mass *= factor
            pieces[index].excess *= factor
        }
    }

    /// Returns the lattice distribution with a rounding.
    func distribution(_ rounding: PrivacyLossDistribution.Rounding) -> PrivacyLossDistribution {
        rounding == .pessimistic ? connectingTheDots() : groupingOntoTheLattice()
    }

    /// δ(ε) exact at the lattice's points, and a line in e^ε between: every piece's mass goes to the two ends of its cell
    /// so that the masses of P and of Q both stay what they are.
    ///
    /// - Source: Doroshenko, Ghazi, Kamath, Kumar and Manurangsi 2022, <https://arxiv.org/abs/2207.04380>.
    private func connectingTheDots() -> PrivacyLossDistribution {
        let lowest = pieces[0].cell
        var masses = [Double](repeating: 0, count: pieces[pieces.count - 1].cell - lowest + 2)
        let widest = -Double.expMinusOne(-spacing)
        for piece in pieces {
            let upper = min(piece.mass, max(0, piece.excess / widest))
            masses[piece.cell - lowest] += piece.mass - upper
            masses[piece.cell - lowest + 1] += upper
        }
        masses[1] += lowMass
        return PrivacyLossDistribution(spacing: spacing, origin: 0, lowest: lowest, masses: masses, infinite: highMass)
    }

    /// What remains when tails are left out and outputs are joined into groups, each with its ratio P/Q on the lattice.
    ///
    /// Joining outputs, and splitting one at random between two groups, is post-processing and never raises δ(ε). The first
    /// group sets the lattice's origin; every other one ends where its ratio reaches the lattice point above its start.
    ///
    /// - Deviation: Doroshenko and others choose tangents to δ(ε) one by one; these groups are tangents too, found by
    ///   adding pieces instead of solving equations.
    private func groupingOntoTheLattice() -> PrivacyLossDistribution {
        let first = firstGroup()
        var masses = [first.mass]
        var target = 0
        // The group so far: its mass, and P − e^target·Q, which is negative until the group is complete.
        var (mass, balance) = (0.0, 0.0)
        for piece in pieces[first.count...] {
            var rest = 1.0
            while rest > 0 {
                if mass == 0 {
                    target += 1
                    while piece.excess(over: first.loss + Double(target) * spacing, spacing) > 0 { target += 1 }
                }
                let excess = piece.excess(over: first.loss + Double(target) * spacing, spacing)
                guard excess > 0, balance + rest * excess >= 0 else {
                    (mass, balance) = (mass + rest * piece.mass, balance + rest * excess)
                    break
                }
                let share = min(rest, -balance / excess)
                if masses.count <= target {
                    masses.append(contentsOf: repeatElement(0, count: target + 1 - masses.count))
                }
                masses[target] = mass + share * piece.mass
                (mass, balance) = (0, 0)
                rest -= share
            }
        }
        // The last group is incomplete: its loss is rounded down, or left out when it is below all others.
        let down = (Double.log(onePlus: -balance / mass) / spacing).rounded(.up)
        if mass > 0, down <= Double(target) { masses[min(masses.count - 1, target - Int(down))] += mass }
        return PrivacyLossDistribution(spacing: spacing, origin: first.loss, lowest: 0, masses: masses, infinite: 0)
    }

    /// The least losses, up to half a spacing above their common ratio P/Q: often all outputs that say nothing.
    private func firstGroup() -> (loss: Double, mass: Double, count: Int) {
        let base = Double(pieces[0].cell) * spacing
        // What P has above e^base·Q is a sum of positive terms, so that a small loss above base keeps its digits.
        func loss(_ excess: Double, _ mass: Double) -> Double { -Double.log(onePlus: -min(1, excess / mass)) }
        var (mass, excess, count) = (0.0, 0.0, 0)
        for piece in pieces {
            let ofPiece = piece.excess(over: base, spacing)
            guard mass == 0 || loss(ofPiece, piece.mass) - loss(excess, mass) <= spacing / 2 else { break }
            (mass, excess, count) = (mass + piece.mass, excess + ofPiece, count + 1)
        }
        return (mass > 0 ? base + loss(excess, mass) : base, mass, count)
    }
}
