/// Rows of a table as features that are 0 or 1, with or without labels; a record is one row.
public struct TabularSet: Sendable, Equatable {
    /// What the features stand for.
    public let encoding: TableEncoding
    /// Record after record, 0 or 1: shape [count, width].
    public let features: [UInt8]
    /// One class per record, counted from 0, if the classes are known.
    public let labels: [Int32]?

    /// Creates a set and checks that its parts fit together.
    ///
    /// - Throws: `DatasetError.invalid` when the sizes disagree, a feature is neither 0 nor 1, or a label has no name.
    public init(encoding: TableEncoding, features: [UInt8], labels: [Int32]? = nil) throws {
        guard features.count.isMultiple(of: encoding.width), features.allSatisfy({ $0 <= 1 }) else {
            throw DatasetError.invalid(
                what: "a table's features", expected: "whole records of \(encoding.width) features, each 0 or 1",
                found: "\(features.count) with \(features.max() ?? 0) as the greatest")
        }
        if let labels {
            let (count, classes) = (features.count / encoding.width, Int32(encoding.classNames.count))
            guard labels.count == count, labels.allSatisfy({ (0..<classes).contains($0) }) else {
                throw DatasetError.invalid(
                    what: "a table's labels", expected: "\(count) classes in 0..<\(classes)",
                    found: "\(labels.count) of them up to \(labels.max() ?? 0)")
            }
        }
        (self.encoding, self.features, self.labels) = (encoding, features, labels)
    }

    /// The number of records.
    public var count: Int { features.count / width }

    /// The number of features of a record.
    public var width: Int { encoding.width }

    /// The names of the classes, in the order of the labels; empty when there are none.
    public var classNames: [String] { encoding.classNames }

    /// The features of one record.
    public subscript(index: Int) -> ArraySlice<UInt8> { features[index * width..<(index + 1) * width] }

    /// Returns the records with the given indices, in their order; an index may come twice.
    ///
    /// - Precondition: every index is in `0..<count`.
    public func subset(_ indices: some Collection<Int>) -> TabularSet {
        var chosen: [UInt8] = []
        chosen.reserveCapacity(indices.count * width)
        for index in indices { chosen.append(contentsOf: self[index]) }
        return TabularSet(trusted: self, features: chosen, labels: labels.map { all in indices.map { all[$0] } })
    }

    /// Returns one line about a record: its columns with their values, and its class.
    ///
    /// - Precondition: the index is in `0..<count`.
    public func describe(_ index: Int) -> String {
        let text = encoding.describe(self[index].map(Float.init))
        guard let labels, let name = encoding.label else { return text }
        return "\(text); \(name) \(classNames[Int(labels[index])])"
    }

    private init(trusted model: TabularSet, features: [UInt8], labels: [Int32]?) {
        (encoding, self.features, self.labels) = (model.encoding, features, labels)
    }
}
