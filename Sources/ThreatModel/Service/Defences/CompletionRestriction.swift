/// What a service's own defences change while a text is generated; no caller can set it, and it crosses no wire.
package struct CompletionRestriction: Sendable, Equatable {
    /// No n-gram of these is completed.
    package var filters: [NGramFilter] = []
    /// What logits are divided by before log-probabilities are told.
    package var temperature = 1.0

    /// Whether nothing is changed.
    package var isNone: Bool { self == CompletionRestriction() }

    /// Creates a restriction that changes nothing.
    package init() {}

    /// The tokens that may not follow a text.
    func forbidden(after text: [Int32], vocabulary: Int) -> Set<Int32> {
        filters.reduce(into: []) { $0.formUnion($1.completing(text, vocabulary: vocabulary)) }
    }

    /// The logits whose log-probabilities are told.
    func told(_ logits: [Float]) -> [Float] {
        temperature == 1 ? logits : logits.map { Float(Double($0) / temperature) }
    }
}
