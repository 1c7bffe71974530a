public import Foundation

/// The format of MNIST and Fashion-MNIST: big-endian header and bytes, plain or gzipped.
public enum IDX {
    private static let imagesMagic: UInt32 = 0x803
    private static let labelsMagic: UInt32 = 0x801

    /// Reads images and, if given, their labels.
    ///
    /// - Parameters:
    ///   - images: a file with magic 0x00000803: unsigned bytes, three dimensions.
    ///   - labels: a file with magic 0x00000801: unsigned bytes, one dimension.
    ///   - classNames: the names of the classes, or none.
    ///   - first: how many of the first images are wanted; those after them are not read.
    /// - Returns: the set.
    /// - Throws: `DatasetError` with the path when a file is missing, damaged, or of another kind.
    public static func images(
        at images: URL, labels: URL? = nil, classNames: [String] = [], first: Int? = nil
    ) throws -> ImageSet {
        let (sizes, pixels) = try content(of: images, magic: imagesMagic, dimensions: 3, first: first)
        guard sizes[1] > 0, sizes[2] > 0 else {
            throw DatasetError.malformed(
                path: images.path, expected: "images of at least one pixel", found: "\(sizes[1])x\(sizes[2])")
        }
        var classes: [Int32]?
        if let labels {
            let (counts, bytes) = try content(of: labels, magic: labelsMagic, dimensions: 1, first: first)
            guard counts[0] == sizes[0] else {
                throw DatasetError.malformed(
                    path: labels.path, expected: "one label for each of \(sizes[0]) images", found: "\(counts[0])")
            }
            classes = bytes.map(Int32.init)
        }
        return try ImageSet(
            pixels: pixels, width: sizes[2], height: sizes[1], labels: classes, classNames: classNames)
    }

    /// The sizes that a file's header names, and its bytes; the first size is what was wanted if there are more.
    private static func content(of file: URL, magic: UInt32, dimensions: Int, first: Int?) throws -> (
        [Int], [UInt8]
    ) {
        let whole = try ByteReader(contentsOf: file)
        let headerSize = 4 + 4 * dimensions
        func reader(first: Int?) throws -> ByteReader {
            guard Deflate.isGzip(whole.bytes) else { return whole }
            return ByteReader(try Deflate.gunzip(whole.bytes, path: file.path, first: first), path: file.path)
        }
        var start = try reader(first: headerSize)
        var sizes = try header(&start, magic: magic, dimensions: dimensions)
        let wanted = first.map { min($0, sizes[0]) } ?? sizes[0]
        guard let all = byteCount(sizes) else {
            throw start.malformed("fewer bytes for \(sizes)", "\(start.remaining)")
        }
        let count = all / max(sizes[0], 1) * wanted
        var body = try reader(first: wanted < sizes[0] ? headerSize + count : nil)
        let isEnough = wanted < sizes[0] ? body.remaining - headerSize >= count : body.remaining - headerSize == count
        guard isEnough else { throw body.malformed("\(count) bytes for \(sizes)", "\(body.remaining - headerSize)") }
        sizes[0] = wanted
        _ = try body.take(headerSize)
        return (sizes, try body.take(count))
    }

    private static func header(_ reader: inout ByteReader, magic: UInt32, dimensions: Int) throws -> [Int] {
        let found = try reader.bigEndian32()
        guard found == magic else {
            throw reader.malformed(
                "the magic number \(hexadecimal(magic)) (unsigned bytes, dimensions: \(dimensions))",
                hexadecimal(found))
        }
        return try (0..<dimensions).map { _ in Int(try reader.bigEndian32()) }
    }

    /// The product of the sizes, unless it is too large for a number.
    private static func byteCount(_ sizes: [Int]) -> Int? {
        sizes.reduce(1) { product, size in
            guard let product else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            return overflow ? nil : next
        }
    }

    private static func hexadecimal(_ number: UInt32) -> String { "0x" + String(number, radix: 16) }
}
