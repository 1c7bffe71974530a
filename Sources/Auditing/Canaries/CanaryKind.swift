/// What the canaries of an audit are: records that a model can hardly fit without remembering them, and their control.
public enum CanaryKind: String, Codable, Sendable, CaseIterable {
    /// Natural records with a wrong label.
    case mislabelled
    /// Natural records as they are: what the others are compared with.
    case natural
    /// Images with every grey level turned into its opposite, under their labels.
    case inverted
    /// Images of another data set under labels drawn uniformly.
    case outOfDistribution = "out-of-distribution"
    /// Images of independent uniform grey levels under labels drawn uniformly.
    case noise
    /// Images along the directions in which the data vary least, under the labels that suit them least: ClipBKD.
    case clipBackdoor = "clipbkd"
    /// Windows of independent uniform tokens.
    case randomTokens = "random-tokens"
}

/// What is wrong with a wish for canaries, in one line.
public struct CanaryError: Error, Equatable, CustomStringConvertible {
    /// What was expected and what was found.
    public let description: String

    init(_ description: String) { self.description = description }
}
