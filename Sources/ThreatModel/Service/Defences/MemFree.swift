/// Never completes an n-gram of the training texts: at each step the tokens that would are left out.
///
/// N-grams reach back into the prompt. A text that no token is left for ends there, as if at a stop. Log-probabilities
/// of generated tokens are those of what is left; of an echoed prompt's own tokens they are the model's, but no token
/// that would complete an n-gram is among the likeliest. Logits cannot be asked for.
///
/// It knows the tokens of one request and of nothing before it: where prompt and text have fewer than n − 1 tokens
/// nothing is left out, and n-grams are of tokens, so that a text in other tokens is another text.
///
/// - Source: Ippolito et al. 2023, <https://arxiv.org/abs/2210.17546>.
public struct MemFree: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "ngram-filter",
        summary: "never completes an n-gram of the training texts, those that begin in the prompt included",
        paper: "Ippolito et al. 2023 (MemFree)",
        values: [ValueCard("n", 2...256, isWhole: true, fallback: 10)],
        touches: [.complete], hides: [.logits],
        leaves: "near copies, such as with another case or a word changed; copies token by token, to who gives no more "
            + "than the last n − 2 tokens and asks for one; copies in tokens that the tokeniser would not choose, to who "
            + "gives such tokens; and what the filter leaves out tells that a text was trained on (Debenedetti et al. "
            + "2024)",
        deviations: "a set of 64-bit hashes in place of a Bloom filter")
    /// The filter acts while the text is generated.
    public static let actsTokenByToken = true

    private let filter: NGramFilter

    /// Creates it of the length of an n-gram and the training texts.
    ///
    /// - Throws: ``NamedValuesError/missing(_:what:)`` without training texts.
    public init(_ values: [Double], _ material: DefenceMaterial) throws(NamedValuesError) {
        guard let texts = material.trainingTexts else {
            throw .missing(Self.card.id, what: "the training texts of a language model")
        }
        filter = NGramFilter(texts, length: Int(values[0]))
    }

    /// Lets the model leave tokens out.
    public func prepared(_ query: Query) throws(ThreatModelError) -> Query {
        query.mappingCompletion { $0.restriction.filters.append(filter) }
    }
}
