import Accounting
public import Auditing
import Foundation
import Statistics

/// The figure "epsilon, above and below": what each victim promises at most and what attacks prove at least, on one axis,
/// beside its utility and the rates of its strongest attack.
public struct EpsilonFigure: Sendable, Equatable {
    /// What is drawn of one victim.
    struct Row: Sendable, Equatable {
        var victim: String
        /// The accountant's upper bound; infinite without a promise.
        var upper: Double
        /// The best lower bound, 0 when the attacks prove nothing; `nil` when none was read.
        var lower: Double?
        /// The method and confidence of the lower bound.
        var method: String
        var utility: String
        /// True-positive rates at 1 % and 0.1 %, the largest over the attacks.
        var rates: [String]
        /// Whether the lower bound is above the upper one.
        var isRefuted: Bool { lower.map { $0 > upper } ?? false }
    }

    /// A victim and its variants.
    struct Group: Sendable, Equatable {
        var name: String
        var rows: [Row]
    }

    let groups: [Group]
    /// The file's name, without its ending.
    public static let name = "epsilon"

    /// Takes the victims of groups in which one promises an ε; `nil` when none does.
    public init?(_ findings: Findings) {
        groups = VictimGroup.all(findings, []).compactMap { group in
            guard group.victims.contains(where: { $0.epsilon != nil }) else { return nil }
            return Group(name: group.name, rows: group.victims.compactMap { Self.row($0, group.rows) })
        }
        if groups.isEmpty { return nil }
    }

    private static func row(_ victim: VictimFinding, _ rows: [Finding]) -> Row? {
        let own = rows.filter { $0.victim == victim.id && $0.membership != nil }
        // A control is trained on nothing: there is no ε to bound.
        guard victim.trainingRecords > 0, !(own.contains { $0.isControl }) else { return nil }
        let bound = lowerBound(own)
        let utility = Phrases.utility(victim.utility)
        return Row(
            victim: victim.id, upper: victim.epsilon?.epsilon ?? .infinity, lower: bound?.epsilon,
            method: bound?.method ?? "", utility: "\(utility.heldOut) \(victim.utility.metric)",
            rates: [0.01, 0.001].map { rate(own, $0) })
    }

    /// The largest audit that holds for every mechanism; where nothing is promised, what the rates imply by the same limits.
    private static func lowerBound(_ rows: [Finding]) -> (epsilon: Double, method: String)? {
        func text(_ method: String, _ confidence: Double) -> String {
            "\(method), \(Digits.short(confidence * 100)) %"
        }
        let audits = rows.flatMap { $0.audits ?? [] }
        if let best = EpsilonGate.best(audits) {
            return (best.epsilon, text(best.method.rawValue, best.confidence))
        }
        let implied = rows.compactMap(\.membership?.impliedEpsilon).max { $0.lowerBound < $1.lowerBound }
        return implied.map { ($0.lowerBound, text(AuditMethod.clopperPearson.rawValue, $0.confidence)) }
    }

    private static func rate(_ rows: [Finding], _ target: Double) -> String {
        let points = rows.compactMap { $0.membership?.point(at: target) }
        let resolved = points.filter { $0.resolution != .notResolvable }
        guard let best = resolved.max(by: { $0.truePositiveRate.value < $1.truePositiveRate.value }) else {
            return points.isEmpty ? "–" : "n.r."
        }
        return Phrases.rate(best)
    }

    /// What the marks mean.
    public static let caption =
        "The bar ends at the ε that the accountant promises at most (▶ none), the dot is what the best attack proves at "
        + "least, with its method and confidence (◁ nothing). Between them lies what nobody knows. Rates are the largest "
        + "over the victim's attacks, chosen on these data: optimistic. A red row contradicts its promise."
}

// MARK: - Drawing

extension EpsilonFigure {
    private static let (width, left, right) = (1130.0, 190.0, 530.0)
    private static let (top, rowHeight, groupHeight) = (58.0, 34.0, 26.0)
    private static let columns = [545.0, 610, 670, 850, 990]

    private var height: Double {
        let rows = groups.reduce(0) { $0 + $1.rows.count }
        return Self.top + Double(rows) * Self.rowHeight + Double(groups.count) * Self.groupHeight + 14
    }

    /// The ends of the axis, powers of ten around every finite bound.
    private var ends: (low: Double, high: Double) {
        let finite = groups.flatMap(\.rows).flatMap { [$0.upper, $0.lower ?? 0] }.filter { $0 > 0 && $0.isFinite }
        let low = log10(finite.min() ?? 1).rounded(.down)
        let high = log10(finite.max() ?? 1).rounded(.up)
        return (min(low, -1), max(high, 1))
    }

    private func place(_ epsilon: Double) -> Double {
        let (low, high) = ends
        guard epsilon > 0 else { return Self.left }
        guard epsilon.isFinite else { return Self.right }
        // Infinity keeps the end of the axis to itself.
        let share = (log10(epsilon) - low) / (high - low)
        return Self.left + max(0, share) * (Self.right - Self.left) * 0.92
    }

    /// The figure as an SVG document without ids and scripts.
    public var svg: String {
        var (y, parts) = (Self.top, [header])
        for group in groups {
            parts.append(text(8, y + 17, group.name, weight: "bold"))
            y += Self.groupHeight
            for row in group.rows {
                parts.append(drawing(row, y + Self.rowHeight / 2))
                y += Self.rowHeight
            }
        }
        let (w, h) = (Digits.plain(Self.width), Digits.plain(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(w)" height="\(h)" viewBox="0 0 \(w) \(h)" \
            font-family="sans-serif" font-size="12">
            <rect width="\(w)" height="\(h)" fill="#ffffff"/>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }

    private var header: String {
        let titles = ["ε ≥", "ε ≤", "held-out utility", "TPR @ 1 % FPR", "TPR @ 0.1 % FPR"]
        let heads = zip(Self.columns, titles).map { text($0, 18, $1, weight: "bold") }
        let (low, high) = ends
        let bottom = Digits.plain(height - 10)
        let ticks = stride(from: low, through: high, by: 1).map { (place(pow(10, $0)), Digits.short(pow(10, $0))) }
        let grid = (ticks + [(Self.right, "∞")]).map { x, label in
            "<path d=\"M\(Digits.plain(x)),44V\(bottom)\" stroke=\"#d9dee6\"/>" + text(x, 38, label, anchor: "middle")
        }
        return
            ([text(8, 18, "victim", weight: "bold"), text(Self.left, 18, "ε, logarithmic", weight: "bold")] + heads
            + grid)
            .joined(separator: "\n")
    }

    private func drawing(_ row: Row, _ y: Double) -> String {
        let colour = row.isRefuted ? "#c0262d" : row.upper.isFinite ? "#0072b2" : "#7b8493"
        let (low, high) = (place(row.lower ?? 0), place(row.upper))
        let (a, b, middle) = (Digits.plain(min(low, high)), Digits.plain(max(low, high)), Digits.plain(y))
        var parts = [
            text(20, y + 4, row.victim),
            "<path d=\"M\(a),\(middle)H\(b)\" stroke=\"\(colour)\" stroke-width=\"8\" stroke-opacity=\"0.3\"/>",
            upperMark(row, high, y, colour),
        ]
        if let lower = row.lower { parts.append(lowerMark(lower, low, y, colour)) }
        let lower = row.lower.map { $0 > 0 ? Digits.fixed($0, 2) : "none" } ?? "–"
        let upper = row.upper.isFinite ? Digits.short(row.upper) : "∞"
        let cells = [lower, upper, row.utility] + row.rates
        parts += zip(Self.columns, cells).map { text($0, y + 1, $1, colour: row.isRefuted ? "#c0262d" : "#222222") }
        parts.append(text(Self.columns[0], y + 13, row.method, colour: "#5b6472", size: 9))
        return parts.joined(separator: "\n")
    }

    private func upperMark(_ row: Row, _ x: Double, _ y: Double, _ colour: String) -> String {
        guard row.upper.isFinite else {
            let (tip, base) = (Digits.plain(x + 6), Digits.plain(x - 2))
            let path = "M\(base),\(Digits.plain(y - 6))L\(tip),\(Digits.plain(y))L\(base),\(Digits.plain(y + 6))Z"
            return "<path d=\"\(path)\" fill=\"\(colour)\"/>"
        }
        let ends = "M\(Digits.plain(x)),\(Digits.plain(y - 9))V\(Digits.plain(y + 9))"
        return "<path d=\"\(ends)\" stroke=\"\(colour)\" stroke-width=\"3\"/>"
    }

    private func lowerMark(_ lower: Double, _ x: Double, _ y: Double, _ colour: String) -> String {
        guard lower > 0 else {
            let (tip, base) = (Digits.plain(x - 4), Digits.plain(x + 4))
            let path = "M\(base),\(Digits.plain(y - 5))L\(tip),\(Digits.plain(y))L\(base),\(Digits.plain(y + 5))Z"
            return "<path d=\"\(path)\" fill=\"#ffffff\" stroke=\"\(colour)\"/>"
        }
        return "<circle cx=\"\(Digits.plain(x))\" cy=\"\(Digits.plain(y))\" r=\"5\" fill=\"\(colour)\"/>"
    }

    private func text(
        _ x: Double, _ y: Double, _ content: String, weight: String = "normal", anchor: String = "start",
        colour: String = "#222222", size: Int = 12
    ) -> String {
        "<text x=\"\(Digits.plain(x))\" y=\"\(Digits.plain(y))\" text-anchor=\"\(anchor)\" font-weight=\"\(weight)\" "
            + "font-size=\"\(size)\" fill=\"\(colour)\">\(escaped(content))</text>"
    }

    /// Names come from a spec, and the document stands inside a page.
    private func escaped(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
        )
        .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
