import Mustache

/// Text made safe for HTML, scalar by scalar.
///
/// Mustache's own escaping goes by grapheme, so that a quotation mark followed by a combining accent slips through; and a
/// language model may well emit control characters, which become visible pictures of themselves here.
struct HTMLText: MustacheContentType {
    private static let registered: Void = MustacheContentTypes.register(HTMLText(), named: name)
    private static let name = "PENUMBRA_HTML"

    /// Returns the template, all of whose double braces escape in this way.
    static func template(_ text: String) throws -> MustacheTemplate {
        registered
        return try MustacheTemplate(string: "{{% CONTENT_TYPE: \(name)}}\(text)")
    }

    func escapeText(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "&": safe += "&amp;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            case "\n", "\t": safe.unicodeScalars.append(scalar)
            default: safe.unicodeScalars.append(Self.visible(scalar))
            }
        }
        return safe
    }

    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0..<32: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{fffd}"
        case 127: "\u{2421}"
        case 128..<160: "\u{fffd}"
        default: scalar
        }
    }
}
