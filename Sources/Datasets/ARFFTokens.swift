/// The words and signs of one line of an ARFF file.
struct ARFFTokens {
    /// A text with or without quotes.
    struct Word: Equatable {
        var text: String
        var isQuoted: Bool
    }

    enum Token: Equatable {
        case word(String, isQuoted: Bool)
        case comma
        case open
        case close

        /// How an error shows it.
        var text: String {
            switch self {
            case .word(let text, _): text
            case .comma: ","
            case .open: "{"
            case .close: "}"
            }
        }
    }

    private let tokens: [Token]
    private var position = 0

    /// Cuts a line: words end at blanks, commas, braces and `%`, unless they are quoted by `'` or `"`, where a
    /// backslash takes the next byte as it is.
    ///
    /// - Throws: what `failure` makes of the text from a quote that is not closed.
    init(_ line: some Sequence<UInt8>, failure: (String) -> DatasetError) throws {
        let bytes = Array(line)
        var (tokens, place): ([Token], Int) = ([], 0)
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "%"): place = bytes.count
            case UInt8(ascii: ","): tokens.append(.comma)
            case UInt8(ascii: "{"): tokens.append(.open)
            case UInt8(ascii: "}"): tokens.append(.close)
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                guard let (text, end) = Self.quoted(bytes, from: place) else {
                    throw failure(String(decoding: bytes[place...].prefix(40), as: UTF8.self))
                }
                tokens.append(.word(text, isQuoted: true))
                place = end
            case let byte where Self.isBlank(byte): break
            default:
                let end = bytes[place...].firstIndex(where: Self.isEnd) ?? bytes.count
                tokens.append(.word(String(decoding: bytes[place..<end], as: UTF8.self), isQuoted: false))
                place = end - 1
            }
            place += 1
        }
        self.tokens = tokens
    }

    /// The next token.
    var peek: Token? { position < tokens.count ? tokens[position] : nil }

    /// What an error shows as found: the next token, or the end of the line.
    var rest: String { peek.map { "'\($0.text)'" } ?? "the end of the line" }

    mutating func skip() { position += 1 }

    /// Takes the next token if it is this one.
    mutating func take(_ token: Token) -> Bool {
        guard peek == token else { return false }
        position += 1
        return true
    }

    /// Takes the next token if it is a word.
    mutating func word() -> Word? {
        guard case .word(let text, let isQuoted) = peek else { return nil }
        position += 1
        return Word(text: text, isQuoted: isQuoted)
    }

    /// The text between a quote and the next one that no backslash precedes, and the place of that one.
    private static func quoted(_ bytes: [UInt8], from start: Int) -> (text: String, end: Int)? {
        var (text, place): ([UInt8], Int) = ([], start + 1)
        while place < bytes.count {
            if bytes[place] == bytes[start] { return (String(decoding: text, as: UTF8.self), place) }
            if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count { place += 1 }
            text.append(bytes[place])
            place += 1
        }
        return nil
    }

    /// Space, tab or carriage return.
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }

    private static func isEnd(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
            || byte == UInt8(ascii: "%")
    }
}
