public import Foundation

/// Square grey images as rows of comma-separated integers, plain or gzipped: the pixels row by row, then the class.
public enum ImageTable {
    /// Reads all images of a file without a header line, in the order of the file.
    ///
    /// - Throws: `DatasetError.malformed` with the line when a row is not as long as the first, a pixel is not in
    ///   0...255, a class not in 0..<65536, or the pixels are no square; when the file is missing, damaged or empty.
    public static func images(at file: URL, classNames: [String] = []) throws -> ImageSet {
        let stored = try ByteReader(contentsOf: file).bytes
        let bytes = Deflate.isGzip(stored) ? try Deflate.gunzip(stored, path: file.path) : stored
        var (pixels, labels): ([UInt8], [Int32]) = ([], [])
        var (size, values, line): (Int?, [Int], Int) = (nil, [], 0)
        for row in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            line += 1
            func malformed(_ expected: String, _ found: String) -> DatasetError {
                .malformed(path: file.path, expected: "\(expected) in line \(line)", found: found)
            }
            guard !row.allSatisfy({ $0 == UInt8(ascii: "\r") }) else { continue }
            guard Self.integers(row, into: &values) else { throw malformed("integers and commas", "something else") }
            let count = size ?? values.count - 1
            guard values.count - 1 == count else {
                throw malformed("\(count) pixels and a class", "\(values.count) numbers")
            }
            size = count
            guard let label = values.popLast(), label < 65536 else { throw malformed("a class below 65536", "more") }
            if let wrong = values.first(where: { $0 > 255 }) { throw malformed("pixels in 0...255", "\(wrong)") }
            pixels.append(contentsOf: values.lazy.map(UInt8.init))
            labels.append(Int32(label))
        }
        let side = Int(Double(size ?? 0).squareRoot().rounded())
        guard let size, size > 0, side * side == size else {
            throw DatasetError.malformed(
                path: file.path, expected: "square images", found: size.map { "\($0) pixels in a row" } ?? "no row")
        }
        return try ImageSet(pixels: pixels, width: side, height: side, labels: labels, classNames: classNames)
    }

    /// Reads a row's integers, none of them negative; false when there is anything else or one is above 10⁹.
    private static func integers(_ row: ArraySlice<UInt8>, into values: inout [Int]) -> Bool {
        values.removeAll(keepingCapacity: true)
        var current: Int?
        for byte in row {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let next = (current ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
                guard next <= 1_000_000_000 else { return false }
                current = next
            case UInt8(ascii: ","):
                guard let value = current else { return false }
                values.append(value)
                current = nil
            case UInt8(ascii: "\r"), UInt8(ascii: " "): break
            default: return false
            }
        }
        guard let value = current else { return false }
        values.append(value)
        return true
    }
}
