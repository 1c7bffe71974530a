/// Options of the form key=value.
enum KeyValues {
    /// Reads them, each key once.
    static func parse(_ options: [String]) throws -> [String: String] {
        var parsed: [String: String] = [:]
        for text in options {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, parsed.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw Failure(.badInput, "expected --set key=value, each key once, found '\(text)'")
            }
        }
        return parsed
    }
}
