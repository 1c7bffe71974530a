public import Foundation

/// A folder of images (PNG, PGM, PPM): flat, or with one sub-folder per class.
public enum ImageFolder {
    static let extensions: Set<String> = ["png", "pgm", "ppm"]

    /// Reads all images of a folder in the order of their names; sub-folders, if any, are the classes.
    ///
    /// - Throws: `DatasetError` when there are no images, one is damaged, or one has another size than the first.
    public static func images(at folder: URL) throws -> ImageSet {
        let files = try Folder.files(below: folder, extensions: extensions)
        guard let first = files.first else {
            throw DatasetError.malformed(path: folder.path, expected: "PNG, PGM or PPM images", found: "none")
        }
        let classNames = try classes(of: files, in: folder)
        let model = try image(at: folder.appending(path: first))
        var (pixels, labels): ([UInt8], [Int32]) = ([], [])
        for file in files {
            let image = try image(at: folder.appending(path: file))
            guard (image.width, image.height) == (model.width, model.height) else {
                throw DatasetError.malformed(
                    path: folder.appending(path: file).path, expected: "\(model.width)x\(model.height) like \(first)",
                    found: "\(image.width)x\(image.height)")
            }
            pixels += image.pixels
            if let label = classNames.firstIndex(of: String(file.prefix { $0 != "/" })) { labels.append(Int32(label)) }
        }
        return try ImageSet(
            pixels: pixels, width: model.width, height: model.height, labels: classNames.isEmpty ? nil : labels,
            classNames: classNames)
    }

    /// Reads one image file; its first bytes tell the format.
    ///
    /// - Throws: `DatasetError` when the file is missing, damaged or of another format.
    public static func image(at file: URL) throws -> GrayImage {
        let bytes = try ByteReader(contentsOf: file).bytes
        return bytes.first == UInt8(ascii: "P")
            ? try PNM.decode(bytes, path: file.path) : try PNG.decode(bytes, path: file.path)
    }

    private static func classes(of files: [String], in folder: URL) throws -> [String] {
        let depths = Set(files.map { $0.split(separator: "/").count })
        guard depths == [1] || depths == [2] else {
            throw DatasetError.malformed(
                path: folder.path, expected: "images either directly or in one sub-folder per class",
                found: "images at different depths")
        }
        return depths == [1] ? [] : Set(files.map { String($0.prefix { $0 != "/" }) }).sorted()
    }
}
