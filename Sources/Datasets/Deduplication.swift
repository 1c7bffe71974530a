/// Which of some texts to keep so that no long span of tokens is in two of them.
///
/// What is repeated is what a language model learns by heart, so dropping repetitions is a defence that costs no noise.
/// It says nothing of a record that occurs once.
///
/// - Source: Lee et al. 2022, <https://arxiv.org/abs/2107.06499>, exact substrings; Kandpal, Wallace and Raffel 2022.
/// - Deviation: records are windows of one length, so a text that repeats a span of one before it is dropped whole,
///   where the paper cuts the span out.
public struct Deduplication: Sendable, Equatable {
    /// The length from which on a repeated span counts, in tokens.
    public let span: Int
    /// The indices of the texts that are kept, in order.
    public let kept: [Int]

    /// Reads the texts in order.
    ///
    /// - Complexity: one hash of `span` tokens per position, and as many slices in memory.
    public init(_ texts: [[Int32]], span: Int) {
        precondition(span > 0, "spans of \(span) tokens")
        var seen: Set<ArraySlice<Int32>> = []
        kept = texts.indices.filter { index in
            let spans = Deduplication.spans(of: texts[index], span)
            guard !spans.contains(where: seen.contains) else { return false }
            seen.formUnion(spans)
            return true
        }
        self.span = span
    }

    private static func spans(of text: [Int32], _ length: Int) -> [ArraySlice<Int32>] {
        text.count < length ? [] : (0...text.count - length).map { text[$0..<$0 + length] }
    }
}
