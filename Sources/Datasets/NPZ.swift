public import Foundation

/// NumPy's archive of arrays (`np.savez`, `np.savez_compressed`).
public enum NPZ {
    /// Reads all arrays of a `.npz` file, sorted by name.
    ///
    /// - Throws: `DatasetError` when the file is missing or damaged, or a member is no array that `NPY` reads.
    public static func arrays(at file: URL) throws -> [NamedArray] {
        let archive = try ZipArchive(try ByteReader(contentsOf: file))
        let arrays = try archive.contents().map { member in
            let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
            return try NPY.decode(member.bytes, name: name, path: "\(file.path):\(member.name)")
        }
        return arrays.sorted { $0.name < $1.name }
    }

    /// Reads images from the array `images` or `x`, and labels from `labels` or `y` if present.
    ///
    /// The images have the shape [N, H, W] or [N, D]; a square D gives square images, another one row of D pixels.
    /// Integers must lie in 0…255. Fractions are scaled by 255 if all lie in 0…1, else rounded and must lie in 0…255.
    ///
    /// - Throws: `DatasetError` when the file is damaged, or its arrays have other names, shapes or ranges.
    public static func images(at file: URL) throws -> ImageSet { try images(from: try arrays(at: file), file) }

    static func images(from arrays: [NamedArray], _ file: URL) throws -> ImageSet {
        func find(_ names: [String]) -> NamedArray? {
            names.lazy.compactMap { name in arrays.first { $0.name == name } }.first
        }
        guard let images = find(["images", "x"]) else {
            throw DatasetError.malformed(
                path: file.path, expected: "an array 'images' or 'x'",
                found: arrays.map(\.name).joined(separator: ", "))
        }
        let (height, width) = try size(of: images, file)
        return try ImageSet(
            pixels: try pixels(of: images, file), width: width, height: height,
            labels: try find(["labels", "y"]).map { try labels(of: $0, count: images.shape[0], file) })
    }

    private static func size(of array: NamedArray, _ file: URL) throws -> (height: Int, width: Int) {
        let shape = array.shape
        guard shape.count == 2 || shape.count == 3, shape.allSatisfy({ $0 > 0 }) else {
            throw DatasetError.malformed(
                path: file.path, expected: "'\(array.name)' of shape [N, H, W] or [N, D]", found: "\(shape)")
        }
        if shape.count == 3 { return (shape[1], shape[2]) }
        let side = Int(Double(shape[1]).squareRoot().rounded())
        return side * side == shape[1] ? (side, side) : (1, shape[1])
    }

    private static func pixels(of array: NamedArray, _ file: URL) throws -> [UInt8] {
        if case .uint8(let bytes) = array.values { return bytes }
        let values = array.doubles
        let isUnit = !array.isInteger && values.allSatisfy { (0...1).contains($0) }
        return try values.map { value in
            let level = (isUnit ? value * 255 : value).rounded()
            guard (0...255).contains(level) else {
                throw DatasetError.malformed(
                    path: file.path, expected: "'\(array.name)' in 0…1 or 0…255", found: "\(value)")
            }
            return UInt8(level)
        }
    }

    private static func labels(of array: NamedArray, count: Int, _ file: URL) throws -> [Int32] {
        guard array.shape == [count] || array.shape == [count, 1], array.isInteger else {
            throw DatasetError.malformed(
                path: file.path, expected: "'\(array.name)' as \(count) integers",
                found: "the shape \(array.shape)\(array.isInteger ? "" : " of fractions")")
        }
        return try array.doubles.map { value in
            guard (0..<65536).contains(value) else {
                throw DatasetError.malformed(
                    path: file.path, expected: "'\(array.name)' in 0..<65536", found: "\(value)")
            }
            return Int32(value)
        }
    }
}
