import Foundation
import Tensors

/// What the figures were measured on.
package struct MachineDescription: Sendable, Equatable {
    /// The processor's name.
    package var processor: String
    /// Cores that the system offers.
    package var cores: Int
    /// The kernels that OpenBLAS chose.
    package var blasCore: String
    /// What our kernels were compiled for.
    package var vectors: String
    /// PyTorch's version, where there is a peer.
    package var torch: String?

    /// Creates a description.
    package init(processor: String, cores: Int, blasCore: String, vectors: String, torch: String?) {
        (self.processor, self.cores, self.blasCore) = (processor, cores, blasCore)
        (self.vectors, self.torch) = (vectors, torch)
    }

    /// Describes this machine.
    package init(torch: String?) {
        let data = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        self.init(
            processor: name ?? "unknown processor", cores: ProcessInfo.processInfo.activeProcessorCount,
            blasCore: BLAS.core, vectors: VectorInstructions.compiled, torch: torch)
    }

    /// One line.
    package var line: String {
        "\(processor), \(cores) cores, OpenBLAS core \(blasCore), kernels for \(vectors)"
            + (torch.map { ", PyTorch \($0)" } ?? "")
    }
}
