import Datasets
import ThreatModel
import Wire

extension CompletionRequest {
    /// The bytes of the prompts that are texts.
    var textBytes: Int {
        guard case .texts(let texts) = prompt else { return 0 }
        return texts.reduce(0) { $0 + $1.utf8.count }
    }

    /// Refuses texts that have more bytes than any text that the model reads, before they are turned into tokens.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - card: what is said of it.
    ///   - limits: how much a request may ask for.
    /// - Throws: ``Wire/WireError`` of status 422.
    func checkTexts(_ model: ServedModel, _ card: ServiceCard, _ limits: Limits) throws(WireError) {
        guard case .texts(let texts) = prompt, let tokeniser = model.tokeniser else { return }
        guard texts.count <= limits.rows else {
            throw .tooMuch("prompt", "expected at most \(limits.rows) prompts, found \(texts.count); ask in parts")
        }
        // A text may be a token longer than what the model reads.
        let tokens = min(limits.tokens, card.context.map { $0 + 1 } ?? limits.tokens)
        let most = tokens * tokeniser.longestToken
        guard let long = texts.first(where: { $0.utf8.count > most }) else { return }
        throw .tooMuch(
            "prompt",
            "expected a text of at most \(most) bytes, which is \(tokens) tokens of \(tokeniser.longestToken) bytes, found "
                + "\(long.utf8.count); shorten it")
    }
}
