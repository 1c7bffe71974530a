import Foundation

/// The two streams: results on standard output, everything else on standard error.
enum Output {
    /// Writes a result and a line break.
    ///
    /// - Throws: `Failure` when standard output cannot be written, for example on a full disk.
    static func result(_ text: String) throws {
        try write(text + "\n", to: .standardOutput)
    }

    /// Writes a result as JSON: pretty, keys sorted, infinite numbers as the strings "infinity" and "-infinity".
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
        try result(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Writes a table whose columns are aligned.
    static func table(_ rows: [[String]]) throws {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            try result(cells.joined(separator: "  "))
        }
    }

    /// Writes a warning or progress, one line.
    static func log(_ text: String) throws {
        try write("penumbra: \(text)\n", to: .standardError)
    }

    private static func write(_ text: String, to stream: FileHandle) throws {
        do {
            try stream.write(contentsOf: Data(text.utf8))
        } catch {
            throw Failure(.environment, "cannot write the output: \(error.localizedDescription) Free some space")
        }
    }
}
