import Datasets
import Foundation
import Tensors

/// The checks of `penumbra doctor`, each with its finding and remedy.
struct Checkup {
    /// What one check found.
    struct Finding: Encodable {
        let subject: String
        let isHealthy: Bool
        /// What was found and, when it is not healthy, the remedy.
        let detail: String

        init(_ subject: String, _ detail: String, isHealthy: Bool = true) {
            (self.subject, self.detail, self.isHealthy) = (subject, detail, isHealthy)
        }
    }

    private static let neededSpace = 1_000_000_000

    let runs: String

    /// All findings, in the order of the list.
    var findings: [Finding] {
        [linearAlgebra, vectors, threads] + data + [gnuplot, space, writing]
    }

    private var linearAlgebra: Finding {
        do {
            try BLAS.verify()
            return Finding("BLAS", "OpenBLAS core \(BLAS.core), self-test passed, one thread per model")
        } catch {
            return Finding("BLAS", "\(error)", isHealthy: false)
        }
    }

    private var vectors: Finding {
        do {
            let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
            let flags = Set(line.split(separator: " "))
            let known = ["avx512f", "avx2", "fma"].filter { flags.contains(Substring($0)) }
            let list = known.isEmpty ? "none of avx2, avx512f, fma" : known.joined(separator: ", ")
            return Finding("vectors", "the processor has \(list); kernels are compiled for the building machine")
        } catch {
            return Finding("vectors", "unknown: no /proc/cpuinfo on this system")
        }
    }

    private var threads: Finding {
        let count = ProcessInfo.processInfo.activeProcessorCount
        return Finding("threads", "\(count) available; run uses one worker for each unless --workers says otherwise")
    }

    private var data: [Finding] {
        do {
            let registry = try DatasetRegistry.standard()
            return registry.entries.map { dataset($0, registry) }
        } catch {
            return [Finding("data sets", "\(error)", isHealthy: false)]
        }
    }

    private func dataset(_ entry: DatasetEntry, _ registry: DatasetRegistry) -> Finding {
        do {
            let location = try registry.resolve(entry.id, allowFallback: true)
            let isFallback = location.isFallback
            return Finding(
                entry.id,
                isFallback ? "missing, \(location.entry.id) stands in; \(entry.remedy)" : "at \(location.url.path)")
        } catch DatasetError.missing {
            // Which experiments one wants is one's own affair, and so are the data that they need.
            return Finding(entry.id, "not here; \(entry.remedy)")
        } catch {
            return Finding(entry.id, "\(error)", isHealthy: false)
        }
    }

    private var gnuplot: Finding {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let paths = folders.map { "\($0)/gnuplot" }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            return Finding(
                "gnuplot", "not found in PATH, reports need it; apt-get install gnuplot-nox", isHealthy: false)
        }
        return Finding("gnuplot", "at \(path)")
    }

    private var space: Finding {
        do {
            let attributes = try FileManager.default.attributesOfFileSystem(forPath: existingFolder)
            let free = (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
            let text = String(format: "%.1f GB free at %@", Double(free) / 1e9, existingFolder)
            return free >= Self.neededSpace
                ? Finding("disk", text) : Finding("disk", "\(text); free at least 1 GB", isHealthy: false)
        } catch {
            return Finding("disk", "\(error.localizedDescription); choose another --runs", isHealthy: false)
        }
    }

    private var writing: Finding {
        let probe = URL(filePath: existingFolder).appending(path: ".penumbra-\(UUID().uuidString)")
        do {
            try Data("probe".utf8).write(to: probe)
            try FileManager.default.removeItem(at: probe)
            return Finding("runs", "\(existingFolder) is writable")
        } catch {
            return Finding(
                "runs", "cannot write in \(existingFolder): \(error.localizedDescription) Choose another --runs",
                isHealthy: false)
        }
    }

    /// The directory of the runs, or the nearest one above it that exists.
    private var existingFolder: String {
        var folder = URL(filePath: runs).standardizedFileURL
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder = folder.deletingLastPathComponent().standardizedFileURL
        }
        return folder.path
    }
}
