import Foundation

/// Numbers as people read them: as many digits as help, never an exponent for an everyday size.
enum Digits {
    /// Returns `value` with `decimals` places.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return nonFinite(value) }
        let text = String(format: "%.\(decimals)f", value)
        let isZero = text.allSatisfy { "-0.".contains($0) }
        return (isZero ? text.replacingOccurrences(of: "-", with: "") : text)
            .replacingOccurrences(of: "-", with: "−")
    }

    /// Returns the places that give the largest of `values` about four significant digits.
    static func decimals(for values: [Double]) -> Int {
        let largest = values.filter(\.isFinite).map(abs).max() ?? 0
        guard largest > 0 else { return 0 }
        return min(6, max(0, 3 - Int(log10(largest).rounded(.down))))
    }

    /// Returns `value` with about four significant digits, without trailing zeros.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return nonFinite(value) }
        let size = abs(value)
        if size >= 1e9 || (size > 0 && size < 1e-4) {
            return power(String(format: "%.2e", value))
        }
        return trimmed(fixed(value, decimals(for: [value])))
    }

    /// Returns a rate in percent, such as "12.4 %"; small rates get the digits that they need.
    static func percent(_ rate: Double) -> String { "\(percentNumber(rate)) %" }

    /// Returns a rate in percent without the sign.
    static func percentNumber(_ rate: Double) -> String {
        let percent = rate * 100
        if percent == 0 || percent == 100 {
            return fixed(percent, 0)
        }
        return fixed(percent, percent < 0.1 ? 3 : percent < 1 ? 2 : 1)
    }

    /// Returns `value` with one decimal and an ASCII sign, for a drawing.
    static func plain(_ value: Double) -> String { String(format: "%.1f", value) }

    /// Returns `count` in groups of three.
    static func grouped(_ count: Int) -> String {
        var text = ""
        for (index, digit) in String(count.magnitude).reversed().enumerated() {
            if index > 0 && index.isMultiple(of: 3) {
                text.append(",")
            }
            text.append(digit)
        }
        return (count < 0 ? "−" : "") + String(text.reversed())
    }

    /// Returns a duration in seconds or minutes or hours.
    static func duration(_ seconds: Double) -> String {
        if seconds < 120 {
            return "\(short(seconds)) s"
        }
        return seconds < 7200 ? "\(fixed(seconds / 60, 1)) min" : "\(fixed(seconds / 3600, 1)) h"
    }

    private static func nonFinite(_ value: Double) -> String {
        value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞"
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        let kept = text.reversed().drop { $0 == "0" }
        return String((kept.first == "." ? kept.dropFirst() : kept).reversed())
    }

    private static func power(_ text: String) -> String {
        let parts = text.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return text }
        return "\(trimmed(String(parts[0])))e\(exponent)".replacingOccurrences(of: "-", with: "−")
    }
}
