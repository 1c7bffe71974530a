public import Auditing
public import Foundation

/// Findings as `findings.json`: the same findings always give the same bytes.
public enum FindingsJSON {
    /// Returns `findings` with sorted keys, indented, with a newline at the end; infinities become strings.
    public static func encode(_ findings: Findings) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return try encoder.encode(findings) + Data("\n".utf8)
    }

    /// Returns the findings that `data` holds.
    public static func decode(_ data: Data) throws -> Findings {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return try decoder.decode(Findings.self, from: data)
    }
}
