import Foundation
import Tensors

/// What the bytes of every stage depend on besides its spec: bytes are promised per machine type, build and BLAS core.
public struct RunEnvironment: Codable, Sendable, Equatable {
    /// The kernels that OpenBLAS chose.
    public var blasCore: String
    /// The vector width that the kernels were compiled for.
    public var vectors: String
    /// Penumbra's version.
    public var version: String
    /// The type of processor: OpenBLAS cuts its products by the size of the caches, and so rounds differently.
    public var processor: String

    /// The environment of this process.
    public static var current: RunEnvironment {
        RunEnvironment(
            blasCore: BLAS.core, vectors: VectorInstructions.compiled, version: "0.1.0", processor: processorType)
    }

    /// Vendor, family, model and cache of the first processor, and what overrides the cache; "unknown" without /proc.
    private static let processorType: String = {
        guard let data = FileManager.default.contents(atPath: "/proc/cpuinfo") else { return "unknown" }
        let wanted = ["vendor_id", "cpu family", "model", "cache size"]
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").prefix(40)
        let values = wanted.compactMap { name -> String? in
            let line = lines.first { $0.split(separator: "\t").first.map { $0.drop { $0 == " " } == name } ?? false }
            return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let override = ProcessInfo.processInfo.environment["OPENBLAS_L2_SIZE"].map { ["L2 \($0)"] } ?? []
        return (values + override).joined(separator: " ")
    }()
}
