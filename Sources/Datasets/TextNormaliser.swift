/// Reduces printed English to printable ASCII and line feeds, so that a character model has a small vocabulary.
public enum TextNormaliser {
    /// Stands for everything that has no ASCII form here.
    public static let unknown: Unicode.Scalar = "\u{FFFD}"

    private static let replacements: [Unicode.Scalar: String] = [
        "\u{2018}": "'", "\u{2019}": "'", "\u{201A}": "'", "\u{2032}": "'",
        "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"", "\u{2033}": "\"",
        "\u{2010}": "-", "\u{2011}": "-", "\u{2013}": "-", "\u{2014}": "--", "\u{2212}": "-",
        "\u{2026}": "...", "\u{2022}": "*", "\u{00B7}": "*", "\u{2044}": "/",
        "\u{00BC}": "1/4", "\u{00BD}": "1/2", "\u{00BE}": "3/4",
        "\u{00A0}": " ", "\u{2009}": " ", "\u{202F}": " ", "\t": " ",
        "\u{00AD}": "", "\u{200B}": "", "\u{FEFF}": "",
        "á": "a", "à": "a", "â": "a", "ä": "a", "ç": "c", "é": "e", "è": "e", "ê": "e", "ë": "e", "í": "i", "î": "i",
        "ï": "i", "ñ": "n", "ó": "o", "ô": "o", "ö": "o", "ú": "u", "û": "u", "ü": "u", "É": "E", "Ñ": "N",
    ]

    /// Returns the text in printable ASCII, line feeds, and `unknown` for the rest.
    ///
    /// Typographic quotes, dashes, fractions and common accented letters are spelt in ASCII; CR LF and CR become LF.
    public static func normalised(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if scalar == "\r" || (scalar == "\n" && previous != "\r") {
                result.append("\n")
            } else if scalar != "\n" {
                append(scalar, to: &result)
            }
            previous = scalar
        }
        return String(result)
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
        if (32...126).contains(scalar.value) {
            result.append(scalar)
        } else if let replacement = replacements[scalar] {
            result.append(contentsOf: replacement.unicodeScalars)
        } else {
            result.append(unknown)
        }
    }
}
