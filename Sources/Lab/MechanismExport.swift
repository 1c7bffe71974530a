public import Foundation
public import Tensors

/// What another framework recorded of its own private training, for the detectors that need nothing else.
///
/// A safetensors file with numbers of any type:
///
/// - `released` [steps, d]: what left the mechanism, `clipped` [steps, d]: the sum of clipped gradients before noise. Both
///   as sums; where `released` was divided by the expected batch, the reader is told by how much.
/// - `batches` [steps, records] (0 or 1): which record was in which batch. Empty batches are rows of zeros.
///
/// Either the first two or the third may be missing.
public struct MechanismExport: Sendable {
    private let file: Safetensors

    /// Whether the noise can be tested.
    public var hasNoise: Bool { file.arrays["released"] != nil }
    /// Whether the sampler can be tested.
    public var hasBatches: Bool { file.arrays["batches"] != nil }
    /// Arrays that mean nothing here, by name: look for a misspelling.
    public var ignored: [String] { file.arrays.keys.filter { !Self.known.contains($0) }.sorted() }

    private static let known = ["released", "clipped", "batches"]

    /// Reads a file; its arrays stay where they are until they are tested.
    ///
    /// - Throws: ``MechanismExportError`` when it cannot be read or the arrays do not have the shapes above.
    public init(contentsOf url: URL) throws {
        do {
            try self.init(Safetensors(decoding: try Data(contentsOf: url, options: .alwaysMapped)))
        } catch let error as Safetensors.Invalid {
            throw MechanismExportError(
                "\(url.path): \(error.description); write it again with safetensors' save_file")
        } catch let error as MechanismExportError {
            throw MechanismExportError("\(url.path): \(error.description)")
        } catch {
            throw MechanismExportError(
                "cannot read \(url.path): \(error.localizedDescription) Check the path and its permissions")
        }
    }

    /// Takes the arrays of a file.
    ///
    /// - Throws: ``MechanismExportError`` when they do not have the shapes above.
    public init(_ file: Safetensors) throws(MechanismExportError) {
        self.file = file
        let found = Self.known.filter { file.arrays[$0] != nil }
        guard !found.isEmpty else {
            throw MechanismExportError(
                "expected the arrays released and clipped, or batches, found \(file.arrays.keys.sorted()); export them")
        }
        guard found.contains("released") == found.contains("clipped") else {
            throw MechanismExportError("expected both released and clipped, or neither, found \(found); export both")
        }
        for name in found {
            let shape = file.arrays[name]?.shape ?? []
            guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
                throw MechanismExportError(
                    "array '\(name)': expected the shape [steps, \(name == "batches" ? "records" : "d")], found \(shape); "
                        + "reshape it")
            }
        }
        let shapes = (file.arrays["released"]?.shape, file.arrays["clipped"]?.shape)
        guard shapes.0 == shapes.1 else {
            throw MechanismExportError(
                "array 'clipped': expected the shape \(shapes.0 ?? []) of 'released', found \(shapes.1 ?? []); export the "
                    + "same steps and coordinates")
        }
    }

    /// What was released less what was clipped, in units of the claimed deviation.
    ///
    /// - Parameters:
    ///   - deviation: σ·C, above 0.
    ///   - divisor: what `released` was divided by; 1 for a sum.
    /// - Returns: the noise of each step and coordinate; what is no number stays none.
    /// - Throws: ``MechanismExportError`` when the file does not have it.
    public func noise(deviation: Double, divisor: Double) throws(MechanismExportError) -> NoiseMatrix {
        guard let released = file.arrays["released"], let clipped = file.arrays["clipped"] else {
            throw MechanismExportError("expected the arrays released and clipped, found neither; export them")
        }
        return NoiseMatrix(
            steps: released.shape[0],
            zip(released.doubles, clipped.doubles).map { ($0 * divisor - $1) / deviation })
    }

    /// The records of each step.
    ///
    /// - Throws: ``MechanismExportError`` when the file does not have them, or a number is neither 0 nor 1.
    public func batches() throws(MechanismExportError) -> BatchList {
        guard let array = file.arrays["batches"] else {
            throw MechanismExportError("expected the array batches, found none; export it")
        }
        let records = array.shape[1]
        // A byte each: batches of a long training have many elements, and nearly all are zero.
        let isByte = array.type == .uint8 || array.type == .bool
        let values = isByte ? [UInt8](array.bytes) : array.doubles.map { $0 == 0 ? 0 : $0 == 1 ? 1 : 2 }
        if let index = values.firstIndex(where: { $0 > 1 }) {
            throw MechanismExportError(
                "array 'batches': expected 0 or 1, found another number at element \(index); export which record was in "
                    + "which batch")
        }
        return BatchList(
            records: records,
            stride(from: 0, to: values.count, by: records).map { start in
                (0..<records).filter { values[start + $0] == 1 }
            })
    }
}

/// What is wrong with a file that another framework wrote.
public struct MechanismExportError: Error, Equatable, CustomStringConvertible {
    /// One line: what was expected, what was found, what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
