import Tensors
import ThreatModel

/// The arrays of a file that another framework wrote: shapes are checked at once, values when an attack reads them.
///
/// So a pool of a billion signals costs nothing to an attack that does not look at it.
struct ForeignArrays: Sendable, Equatable {
    /// A side of an array; all arrays that have it must be of one length there.
    enum Side: String, Sendable {
        case candidates = "C"
        case shadows = "S"
        case population = "P"
        case classes = "K"
        case tokens = "T"
        case prefixes = "Q"
        case neighbours = "N"
        case coordinates = "D"
        case samples = "M"
        case references = "R"
    }

    /// Every array that means something; the first that has a side says how long it is.
    private static let layouts: [(name: String, sides: [Side])] = [
        ("target", [.candidates]),
        ("probabilities", [.candidates, .classes]),
        ("token_log_probabilities", [.candidates, .tokens]),
        ("features", [.candidates, .coordinates]),
        ("labels", [.candidates]),
        ("shadows", [.shadows, .candidates]),
        ("shadow_probabilities", [.shadows, .candidates, .classes]),
        ("membership", [.shadows, .candidates]),
        ("population", [.population]),
        ("population_shadows", [.shadows, .population]),
        ("population_features", [.population, .coordinates]),
        ("token_lengths", [.candidates]),
        ("token_means", [.candidates, .tokens]),
        ("token_variances", [.candidates, .tokens]),
        ("zlib_lengths", [.candidates]),
        ("lowercase_losses", [.candidates]),
        ("prefixed", [.prefixes, .candidates]),
        ("neighbours", [.neighbours, .candidates]),
        ("samples", [.samples, .coordinates]),
        ("reference_samples", [.references, .coordinates]),
        ("truth", [.candidates]),
    ]

    private let file: Safetensors
    private var lengths: [Side: Int] = [:]
    /// Who reads, for what is said when something is missing.
    private(set) var reader = ""
    /// Arrays that mean nothing here, by name: look for a misspelling.
    let ignored: [String]
    /// What the metadata say that the signals are.
    var signal: String? { file.metadata["signal"] }

    /// Checks all shapes.
    ///
    /// - Throws: ``ForeignFileError/shape(_:expected:found:)``.
    init(_ file: Safetensors) throws(ForeignFileError) {
        self.file = file
        let known = Set(Self.layouts.map(\.name))
        ignored = file.arrays.keys.filter { !known.contains($0) }.sorted()
        for (name, sides) in Self.layouts {
            guard let array = file.arrays[name] else { continue }
            // One beginning needs no row of its own.
            let shape = name == "prefixed" && array.shape.count == 1 ? [1] + array.shape : array.shape
            guard shape.count == sides.count,
                zip(shape, sides).allSatisfy({ $0 > 0 && $0 == lengths[$1] ?? $0 })
            else {
                let expected = sides.map { lengths[$0].map(String.init) ?? "\($0.rawValue) of 1 or more" }
                throw .shape(name, expected: "[\(expected.joined(separator: ", "))]", found: array.shape)
            }
            for (length, side) in zip(shape, sides) { lengths[side] = length }
        }
    }

    /// The same arrays in the hands of an attack.
    func read(by attack: String) -> ForeignArrays {
        var arrays = self
        arrays.reader = attack
        return arrays
    }

    /// Whether the file has an array.
    func has(_ name: String) -> Bool { file.arrays[name] != nil }

    /// An array as it lies in the file, its values unchecked.
    ///
    /// - Throws: ``ForeignFileError/needed(_:attack:)``.
    func array(_ name: String) throws(ForeignFileError) -> Safetensors.Array {
        guard let array = file.arrays[name] else { throw .needed(name, attack: reader) }
        return array
    }

    /// The numbers of an array.
    ///
    /// - Throws: ``ForeignFileError`` when it is not there or a number is not of the domain.
    func numbers(_ name: String, _ domain: Domain) throws(ForeignFileError) -> [Double] {
        let values = try array(name).doubles
        try domain.check(values, in: values.indices, of: name)
        return values
    }

    /// The rows of an array; one without rows is a row.
    func rows(_ name: String, _ domain: Domain) throws(ForeignFileError) -> [[Double]] {
        let (values, shape) = (try numbers(name, domain), try array(name).shape)
        let width = shape.count > 1 ? shape[shape.count - 1] : values.count
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }

    /// The numbers of an array in single precision, in its shape.
    func tensor(_ name: String, _ domain: Domain) throws(ForeignFileError) -> Tensor {
        Tensor(try numbers(name, domain).map { Float($0) }, shape: try array(name).shape)
    }

    /// The truth values of an array.
    func bits(_ name: String) throws(ForeignFileError) -> [Bool] { try numbers(name, .bit).map { $0 == 1 } }
}

extension ForeignArrays {
    /// The numbers that an array may hold.
    struct Domain: Sendable {
        private let name: String
        private let contains: @Sendable (Double) -> Bool

        /// Any number but the infinite ones.
        static let finite = Domain(name: "finite numbers") { $0.isFinite }
        static let probability = Domain(name: "probabilities") { $0 >= 0 && $0 <= 1 }
        /// Single precision may put the logarithm of a probability a little above 0.
        static let logProbability = Domain(name: "logarithms of probabilities") { $0.isFinite && $0 <= 1e-3 }
        static let nonNegative = Domain(name: "finite numbers that are not negative") { $0.isFinite && $0 >= 0 }
        static let bit = Domain(name: "0 or 1") { $0 == 0 || $0 == 1 }

        /// Whole numbers of a range.
        static func whole(_ range: ClosedRange<Int>) -> Domain {
            let name =
                range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            return Domain(name: "whole numbers, \(name)") { Int(exactly: $0).map(range.contains) ?? false }
        }

        private init(name: String, contains: @escaping @Sendable (Double) -> Bool) {
            (self.name, self.contains) = (name, contains)
        }

        /// Checks a part of an array's values.
        ///
        /// - Throws: ``ForeignFileError/value(_:index:found:expected:)`` with the first that does not belong.
        func check(_ values: [Double], in part: Range<Int>, of array: String) throws(ForeignFileError) {
            guard let index = part.first(where: { !contains(values[$0]) }) else { return }
            throw .value(array, index: index, found: values[index], expected: name)
        }
    }
}
