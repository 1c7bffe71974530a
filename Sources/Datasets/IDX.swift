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
    /// - Returns: the set.
    /// - Throws: `DatasetError` with the path when a file is missing, damaged, or of another kind.
    public static func images(at images: URL, labels: URL? = nil, classNames: [String] = []) throws -> ImageSet {
        let (sizes, pixels) = try content(of: images, magic: imagesMagic, dimensions: 3)
        guard sizes[1] > 0, sizes[2] > 0 else {
            throw DatasetError.malformed(
                path: images.path, expected: "images of at least one pixel", found: "\(sizes[1])x\(sizes[2])")
        }
        var classes: [Int32]?
        if let labels {
            let (counts, bytes) = try content(of: labels, magic: labelsMagic, dimensions: 1)
            guard counts[0] == sizes[0] else {
                throw DatasetError.malformed(
                    path: labels.path, expected: "one label for each of \(sizes[0]) images", found: "\(counts[0])")
            }
            classes = bytes.map(Int32.init)
        }
        return try ImageSet(
            pixels: pixels, width: sizes[2], height: sizes[1], labels: classes, classNames: classNames)
    }

    private static func content(of file: URL, magic: UInt32, dimensions: Int) throws -> ([Int], [UInt8]) {
        var reader = try ByteReader(contentsOf: file)
        if Deflate.isGzip(reader.bytes) {
            reader = ByteReader(try Deflate.gunzip(reader.bytes, path: file.path), path: file.path)
        }
        let found = try reader.bigEndian32()
        guard found == magic else {
            throw reader.malformed(
                "the magic number \(hexadecimal(magic)) (unsigned bytes, dimensions: \(dimensions))",
                hexadecimal(found))
        }
        var sizes: [Int] = []
        for _ in 0..<dimensions { sizes.append(Int(try reader.bigEndian32())) }
        let (count, overflow) = sizes.dropFirst().reduce((sizes[0], false)) { product, size in
            let next = product.0.multipliedReportingOverflow(by: size)
            return (next.partialValue, product.1 || next.overflow)
        }
        guard !overflow, reader.remaining == count else {
            throw reader.malformed("\(overflow ? "fewer" : "\(count)") bytes for \(sizes)", "\(reader.remaining)")
        }
        return (sizes, try reader.take(count))
    }

    private static func hexadecimal(_ number: UInt32) -> String { "0x" + String(number, radix: 16) }
}
