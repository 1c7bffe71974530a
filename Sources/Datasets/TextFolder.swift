public import Foundation

/// A folder of `.txt` files, or a single file, as a corpus; a file may be gzipped.
public enum TextFolder {
    static let extensions: Set<String> = ["txt"]

    /// Reads a text file, or all `.txt` files below a folder in the order of their relative paths.
    ///
    /// - Throws: `DatasetError` when a file is not UTF-8, or there is no text at all.
    public static func corpus(at place: URL) throws -> TextCorpus {
        guard try Folder.isFolder(place) else {
            return try nonEmpty([.init(name: place.lastPathComponent, text: try text(at: place))], place)
        }
        let names = try Folder.files(below: place, extensions: extensions)
        return try nonEmpty(try names.map { .init(name: $0, text: try text(at: place.appending(path: $0))) }, place)
    }

    /// Returns the text of a plain or gzipped file without a byte-order mark.
    static func text(at file: URL) throws -> String {
        let stored = try ByteReader(contentsOf: file).bytes
        let bytes = Deflate.isGzip(stored) ? try Deflate.gunzip(stored, path: file.path) : stored
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DatasetError.malformed(path: file.path, expected: "UTF-8 text", found: "other bytes")
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    private static func nonEmpty(_ documents: [TextCorpus.Document], _ place: URL) throws -> TextCorpus {
        guard documents.contains(where: { !$0.text.isEmpty }) else {
            throw DatasetError.malformed(
                path: place.path, expected: "text (.txt files)", found: "\(documents.count) files without any")
        }
        return TextCorpus(documents: documents)
    }
}
