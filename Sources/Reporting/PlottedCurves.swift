import Auditing

/// Curves as they reach the paper: finite points only, zeros lifted to the floor of a logarithmic axis.
struct PlottedCurves {
    /// What one axis needs to know.
    struct Axis {
        var isLogarithmic: Bool
        var floor: Double
        var top: Double?
        var isClamped: Bool
        /// The places of the points, each once, in order.
        var values: [Double]
        /// The largest value, error bars included.
        var largest: Double

        /// Returns the label, with a remark on the floor when a value was lifted to it, or when it is that of a ROC.
        func label(_ text: String) -> String {
            if isClamped {
                return "\(text)  (0 is drawn at \(Digits.short(floor)))"
            }
            return isLogarithmic && top != nil ? "\(text)  (from \(Digits.short(floor)))" : text
        }

        /// Returns `value`, lifted to the floor when the axis is logarithmic.
        func place(_ value: Double) -> Double { isLogarithmic ? max(value, floor) : value }
    }

    var lines: [Curves.Line]
    var x: Axis
    var y: Axis
    var diagonal: Bool

    init(_ curves: Curves) throws {
        let isROC = curves.diagonal && curves.logX && curves.logY
        let drawable = try curves.lines.map(Self.finite).filter { !$0.x.isEmpty }
        let least = drawable.flatMap(\.x).filter { $0 > 0 && $0 < 1 }.min()
        let finite = isROC ? drawable.map { $0.startingOnce(at: least) } : drawable
        let empty = ReportingError.nothingToPlot(xLabel: curves.xLabel, yLabel: curves.yLabel)
        let top: Double? = curves.diagonal ? 1 : nil
        guard !finite.isEmpty, let x = Self.axis(curves.logX, top, finite.flatMap(\.x)),
            let ownY = Self.axis(curves.logY, top, finite.flatMap { $0.y + $0.lower + $0.upper })
        else { throw empty }
        var y = ownY
        if isROC {
            y.floor = x.floor
            y.isClamped = finite.contains { $0.y.contains { $0 < y.floor } }
        }
        lines = finite.map { Self.placed($0, x, y) }
        self.x = x
        self.y = y
        diagonal = curves.diagonal
    }

    private static func axis(_ isLogarithmic: Bool, _ top: Double?, _ points: [Double]) -> Axis? {
        guard let largest = points.max() else { return nil }
        var axis = Axis(
            isLogarithmic: isLogarithmic, floor: 0, top: top, isClamped: false, values: Set(points).sorted(),
            largest: largest)
        guard isLogarithmic else { return axis }
        guard let least = axis.values.first(where: { $0 > 0 }) else { return nil }
        axis.floor = least == top ? least / 1000 : least
        axis.isClamped = points.contains { $0 < axis.floor }
        axis.values.removeAll { $0 <= 0 }
        return axis
    }

    private static func finite(_ line: Curves.Line) throws -> Curves.Line {
        let counts = [line.y.count, line.lower.isEmpty ? line.x.count : line.lower.count]
        guard counts.allSatisfy({ $0 == line.x.count }), line.lower.count == line.upper.count else {
            throw ReportingError.raggedLine(name: line.name)
        }
        let columns = [line.x, line.y] + (line.lower.isEmpty ? [] : [line.lower, line.upper])
        return line.keeping(line.x.indices.filter { i in columns.allSatisfy { $0[i].isFinite } })
    }

    private static func placed(_ line: Curves.Line, _ x: Axis, _ y: Axis) -> Curves.Line {
        var placed = line
        placed.x = line.x.map(x.place)
        placed.y = line.y.map(y.place)
        placed.lower = line.lower.map(y.place)
        placed.upper = line.upper.map(y.place)
        return line.lower.isEmpty ? placed.withoutRedundantPoints : placed
    }
}

extension Curves.Line {
    fileprivate func keeping(_ indices: [Int]) -> Curves.Line {
        let hasBars = !lower.isEmpty
        return Curves.Line(
            name: name, x: indices.map { x[$0] }, y: indices.map { y[$0] },
            lower: hasBars ? indices.map { lower[$0] } : [], upper: hasBars ? indices.map { upper[$0] } : [])
    }

    /// The line without the points that a logarithmic abscissa can't show, but for the highest when nothing else is there.
    fileprivate func startingOnce(at floor: Double?) -> Curves.Line {
        let start = x.contains { $0 == floor } ? nil : x.indices.filter { x[$0] <= 0 }.max { y[$0] < y[$1] }
        return keeping(x.indices.filter { x[$0] > 0 || $0 == start })
    }

    /// The same drawing with the inner points of horizontal and vertical runs left out.
    fileprivate var withoutRedundantPoints: Curves.Line {
        keeping(
            x.indices.filter { i in
                guard i > 0, i + 1 < x.count else { return true }
                let onVertical = x[i - 1] == x[i] && x[i] == x[i + 1] && (y[i] - y[i - 1]) * (y[i + 1] - y[i]) >= 0
                let onHorizontal = y[i - 1] == y[i] && y[i] == y[i + 1] && (x[i] - x[i - 1]) * (x[i + 1] - x[i]) >= 0
                return !onVertical && !onHorizontal
            })
    }
}
