/// A secret planted in training text, whose exposure is measured afterwards.
public struct Canary: Sendable, Hashable {
    /// Which of the secrets of its space it is.
    public let number: UInt64
    /// The whole sentence with its secret.
    public let text: String

    /// Returns the tokens of the canary as it stands in text: after a space.
    public func tokens(by tokeniser: Tokeniser) -> [Int32] { tokeniser.encode(" \(text)") }

    /// Returns a window of exactly `length` tokens that holds the canary in the middle of filler text.
    ///
    /// A space separates the canary from the filler on each side. Since a digit is always one token, the canaries of one
    /// format are equally many tokens, and differ in their digits alone.
    ///
    /// - Parameters:
    ///   - filler: supplies the rest of the window, from its start.
    ///   - length: the window's length in tokens.
    ///   - tokeniser: makes the canary's tokens.
    /// - Returns: the window, and where the canary ends in it.
    /// - Throws: `DatasetError.invalid` when the window is too short for the canary, or the filler for the window.
    public func embedded(
        in filler: ArraySlice<Int32>, length: Int, by tokeniser: Tokeniser
    ) throws -> (window: [Int32], end: Int) {
        let (canary, space) = (tokens(by: tokeniser), tokeniser.encode(" "))
        let rest = length - canary.count - space.count
        guard rest >= 0 else {
            throw DatasetError.invalid(
                what: "a window for a canary", expected: "at least \(length - rest) \(tokeniser.unit)s",
                found: "\(length)")
        }
        guard filler.count >= rest else {
            throw DatasetError.invalid(
                what: "a canary's filler", expected: "at least \(rest) \(tokeniser.unit)s", found: "\(filler.count)")
        }
        let (before, after) = (filler.prefix(rest / 2), filler.prefix(rest).dropFirst(rest / 2))
        return (before + canary + space + after, before.count + canary.count)
    }
}
