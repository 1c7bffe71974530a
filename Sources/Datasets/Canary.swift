/// A secret planted in training text, whose exposure is measured afterwards.
public struct Canary: Sendable, Hashable {
    /// Which of the secrets of its space it is.
    public let number: UInt64
    /// The whole sentence with its secret.
    public let text: String

    /// Returns a window of exactly `length` scalars that holds the canary in the middle of filler text.
    ///
    /// A space separates the canary from the filler on each side.
    ///
    /// - Parameters:
    ///   - filler: supplies the rest of the window, from its start.
    ///   - length: the window's length in Unicode scalars.
    /// - Returns: the window.
    /// - Throws: `DatasetError.invalid` when the window is too short for the canary, or the filler for the window.
    public func embedded(in filler: String, length: Int) throws -> String {
        let canary = Array(" \(text) ".unicodeScalars)
        let rest = length - canary.count
        guard rest >= 0 else {
            throw DatasetError.invalid(
                what: "a window for a canary", expected: "at least \(canary.count) characters", found: "\(length)")
        }
        let scalars = Array(filler.unicodeScalars.prefix(rest))
        guard scalars.count == rest else {
            throw DatasetError.invalid(
                what: "a canary's filler", expected: "at least \(rest) characters", found: "\(scalars.count)")
        }
        var window = String.UnicodeScalarView()
        window.append(contentsOf: scalars[..<(rest / 2)])
        window.append(contentsOf: canary)
        window.append(contentsOf: scalars[(rest / 2)...])
        return String(window)
    }
}
