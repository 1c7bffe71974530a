/// Grey images of one size, with or without labels; a record is one image.
public struct ImageSet: Sendable, Equatable {
    /// Image after image, row by row: shape [count, height, width], 0 is black, 255 white.
    public let pixels: [UInt8]
    /// Pixels per row.
    public let width: Int
    /// Rows per image.
    public let height: Int
    /// One class per image, counted from 0, if the classes are known.
    public let labels: [Int32]?
    /// The names of the classes, in the order of the labels; empty when there are none.
    public let classNames: [String]

    /// Creates a set and checks that its parts fit together.
    ///
    /// - Throws: `DatasetError.invalid` when the sizes disagree, or a label is negative or has no name.
    public init(pixels: [UInt8], width: Int, height: Int, labels: [Int32]? = nil, classNames: [String] = []) throws {
        guard width > 0, height > 0, pixels.count.isMultiple(of: width * height) else {
            throw DatasetError.invalid(
                what: "images", expected: "whole images of \(width)x\(height)", found: "\(pixels.count) pixels")
        }
        let count = pixels.count / (width * height)
        if let labels {
            guard labels.count == count else {
                throw DatasetError.invalid(
                    what: "labels", expected: "one per image, \(count)", found: "\(labels.count)")
            }
            let limit = classNames.isEmpty ? Int32.max : Int32(classNames.count)
            if let wrong = labels.first(where: { $0 < 0 || $0 >= limit }) {
                throw DatasetError.invalid(what: "labels", expected: "classes in 0..<\(limit)", found: "\(wrong)")
            }
        }
        (self.pixels, self.width, self.height) = (pixels, width, height)
        (self.labels, self.classNames) = (labels, classNames)
    }

    /// The number of images.
    public var count: Int { pixels.count / size }

    /// The number of pixels of one image.
    public var size: Int { width * height }

    /// The pixels of one image.
    public subscript(index: Int) -> ArraySlice<UInt8> { pixels[index * size..<(index + 1) * size] }

    /// Returns the images with the given indices, in their order; an index may come twice.
    ///
    /// - Precondition: every index is in `0..<count`.
    public func subset(_ indices: some Collection<Int>) -> ImageSet {
        var chosen: [UInt8] = []
        chosen.reserveCapacity(indices.count * size)
        for index in indices { chosen.append(contentsOf: self[index]) }
        return ImageSet(trusted: self, pixels: chosen, labels: labels.map { labels in indices.map { labels[$0] } })
    }

    /// Returns these images followed by those of `other`.
    ///
    /// - Throws: `DatasetError.invalid` when the sizes or class names differ, or only one of the two has labels.
    public func appending(_ other: ImageSet) throws -> ImageSet {
        guard (width, height) == (other.width, other.height), classNames == other.classNames,
            (labels == nil) == (other.labels == nil)
        else {
            throw DatasetError.invalid(
                what: "image sets to be joined", expected: "the same size \(width)x\(height) and classes",
                found: "\(other.width)x\(other.height) and \(other.classNames.count) class names")
        }
        let joined = labels.flatMap { labels in other.labels.map { labels + $0 } }
        return ImageSet(trusted: self, pixels: pixels + other.pixels, labels: joined)
    }

    /// Returns the images dealt out class by class: the first of each class, then the second of each, and so on.
    ///
    /// The first images of a file that is sorted by class would otherwise be all of one class. Without labels nothing
    /// changes.
    public func dealtByClass() -> ImageSet {
        guard let labels else { return self }
        var seen: [Int32: Int] = [:]
        let rounds = labels.map { label in
            seen[label, default: 0] += 1
            return seen[label, default: 0]
        }
        return subset(labels.indices.sorted { (rounds[$0], labels[$0], $0) < (rounds[$1], labels[$1], $1) })
    }

    /// Returns the images with each block of `factor` by `factor` pixels averaged into one.
    ///
    /// - Throws: `DatasetError.invalid` when the factor does not divide width and height.
    public func shrunk(by factor: Int) throws -> ImageSet {
        guard factor > 0, width.isMultiple(of: factor), height.isMultiple(of: factor) else {
            let known = (1...min(width, height)).filter { width.isMultiple(of: $0) && height.isMultiple(of: $0) }
            throw DatasetError.invalid(
                what: "the factor to shrink images of \(width)x\(height) by",
                expected: "one of \(known.map(String.init).joined(separator: ", "))", found: "\(factor)")
        }
        let (narrow, low, area) = (width / factor, height / factor, factor * factor)
        let means = (0..<count * narrow * low).map { index -> UInt8 in
            let (x, y, image) = (index % narrow * factor, index / narrow % low * factor, index / (narrow * low))
            var total = 0
            for row in y..<y + factor {
                let start = image * size + row * width + x
                for place in start..<start + factor { total += Int(pixels[place]) }
            }
            return UInt8((total + area / 2) / area)
        }
        return try ImageSet(pixels: means, width: narrow, height: low, labels: labels, classNames: classNames)
    }

    private init(trusted model: ImageSet, pixels: [UInt8], labels: [Int32]?) {
        (self.pixels, self.width, self.height) = (pixels, model.width, model.height)
        (self.labels, self.classNames) = (labels, model.classNames)
    }
}
