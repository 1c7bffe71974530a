/// What a client calls a request, so that a service knows it again when the answer was lost and it is sent once more.
public enum IdempotencyKey {
    /// The header that has it.
    public static let header = "Idempotency-Key"
    /// The header that an answer has, with the value `true`, which was given before.
    public static let replayedHeader = "Idempotency-Replayed"
    /// The most characters.
    public static let longest = 255

    /// Whether a text can be a key: 1 to 255 characters of ASCII that can be seen.
    public static func isValid(_ text: String) -> Bool {
        (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}
