import Tensors
import ThreatModel

/// A line through the space of records, along which logits are piecewise linear.
struct PiecewiseLine {
    let origin: [Double]
    /// Of unit length.
    let direction: [Double]
    let victim: ClassLogits64

    /// The record at a place of the line.
    func point(_ place: Double) -> [Double] { zip(origin, direction).map { $0 + place * $1 } }

    /// The logits at some places, a row each.
    private func logits(_ places: [Double]) throws(ThreatModelError) -> RealMatrix {
        try victim.logits(
            RealMatrix(places.flatMap(point), rows: places.count, columns: origin.count))
    }

    /// Returns the places between two where the logits bend, in ascending order.
    ///
    /// Where the tangents at both ends meet on all logits, and both halves are straight, there is the one kink;
    /// otherwise each half is searched by itself. Kinks closer together than 10⁻⁸ of the whole are passed over.
    /// - Complexity: four to seven queries for each interval that is looked at, some tens of intervals per kink.
    func kinks(from low: Double, to high: Double) throws(ThreatModelError) -> [Double] {
        var (found, open) = ([Double](), [(low, high)])
        let least = 1e-8 * (high - low)
        while let (a, b) = open.popLast() {
            switch try look(from: a, to: b) {
            case .straight: continue
            case .kink(let place): found.append(place)
            case .several:
                guard b - a > least else { continue }
                let middle = a + (b - a) / 2
                open += [(middle, b), (a, middle)]
            }
        }
        return found
    }

    /// What an interval holds.
    private enum Finding {
        case straight
        case kink(Double)
        case several
    }

    private func look(from a: Double, to b: Double) throws(ThreatModelError) -> Finding {
        let (width, step) = (b - a, (b - a) * 1e-3)
        let ends = try logits([a, a + step, b - step, b])
        let scale = 1 + ends.elements.reduce(0) { max($0, abs($1)) }
        let tangents = (0..<ends.columns).map { output in
            Tangents(
                first: ends[0, output], last: ends[3, output], left: (ends[1, output] - ends[0, output]) / step,
                right: (ends[3, output] - ends[2, output]) / step)
        }
        // A slope is a thousand times as uncertain as a value over the same width.
        let tolerance = 1e-10 * scale
        if tangents.allSatisfy({ $0.isStraight(over: width, tolerance) }) { return .straight }
        guard let sharpest = tangents.max(by: { abs($0.jump) < abs($1.jump) }), sharpest.jump != 0 else {
            return .several
        }
        let place = sharpest.meeting(width)
        guard place > 0, place < width else { return .several }
        let inner = try logits([a + place / 2, a + place, a + (place + width) / 2])
        let isOne = tangents.enumerated().allSatisfy { output, tangent in
            abs(inner[0, output] - tangent.first - tangent.left * place / 2) < tolerance
                && abs(inner[1, output] - tangent.first - tangent.left * place) < tolerance
                && abs(inner[1, output] - tangent.last + tangent.right * (width - place)) < tolerance
                && abs(inner[2, output] - tangent.last + tangent.right * (width - place) / 2) < tolerance
        }
        return isOne ? .kink(a + place) : .several
    }

    /// A logit at the ends of an interval, and its slopes there.
    private struct Tangents {
        let first: Double
        let last: Double
        let left: Double
        let right: Double

        var jump: Double { right - left }

        func isStraight(over width: Double, _ tolerance: Double) -> Bool {
            abs(jump) * width < tolerance && abs(first + left * width - last) < tolerance
        }

        /// Where the tangents meet, from the left end.
        func meeting(_ width: Double) -> Double { (last - first - right * width) / (left - right) }
    }
}
