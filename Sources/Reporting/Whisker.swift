import Statistics

/// A small drawing of an AUC and its interval between 0 and 1, with chance in the middle.
enum Whisker {
    private static let (width, height) = (96.0, 18.0)

    /// Returns an SVG element without ids.
    static func svg(_ auc: Estimate) -> String {
        let (low, high, value) = (place(auc.interval.lower), place(auc.interval.upper), place(auc.value))
        let colour = auc.interval.contains(0.5) ? "#7b8493" : "#0072b2"
        let middle = Digits.plain(height / 2)
        return """
            <svg width="\(Digits.plain(width))" height="\(Digits.plain(height))" aria-hidden="true">\
            <path d="M0,\(middle)H\(Digits.plain(width))" stroke="#d9dee6"/>\
            <path d="M\(Digits.plain(width / 2)),1V\(Digits.plain(height - 1))" stroke="#9aa3b0" stroke-dasharray="2 2"/>\
            <path d="M\(low),\(middle)H\(high)" stroke="\(colour)" stroke-width="10" stroke-opacity="0.4"/>\
            <path d="M\(value),2V\(Digits.plain(height - 2))" stroke="\(colour)" stroke-width="2"/></svg>
            """
    }

    private static func place(_ value: Double) -> String {
        Digits.plain((value.isFinite ? min(1, max(0, value)) : 0.5) * width)
    }
}
