package import Foundation

/// The Python that runs the peers' programs.
package struct PeerMachine: Sendable {
    /// The interpreter.
    package let python: URL
    /// The folder of the programs.
    package let programs: URL
    /// PyTorch's version.
    package let torch: String
    private let images: URL
    private let text: URL
    private let tcmalloc: String?

    private static let allocators = [
        "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
    ]
    .map { "\($0)/libtcmalloc_minimal.so.4" }

    /// Finds what is needed and asks the interpreter for PyTorch's version.
    ///
    /// - Throws: ``BenchmarkError/noPeers(_:)`` when the interpreter, a program or PyTorch is missing, with the remedy.
    package init(
        python path: String, repository: URL, images: @autoclosure () throws -> URL, text: @autoclosure () throws -> URL
    )
        throws
    {
        python = URL(filePath: path)
        programs = repository.appending(path: "experiments/peers")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw BenchmarkError.noPeers(
                "expected a Python interpreter, found none at \(path); `make bench` sets one up under .venv-bench")
        }
        tcmalloc = Self.allocators.first { FileManager.default.fileExists(atPath: $0) }
        self.images = try images()
        self.text = try text()
        let question = ChildProcess(
            executable: python, arguments: ["-c", "import torch, numpy; print(torch.__version__)"])
        do {
            torch = try question.output().trimmingCharacters(in: .whitespacesAndNewlines)
        } catch let error as BenchmarkError {
            throw BenchmarkError.noPeers(
                "expected a Python with PyTorch at \(path) (\(error)); pip install -r experiments/peers/requirements.txt"
            )
        }
    }

    /// The variants that this machine can run: those with tcmalloc only where there is one, or nothing else is left.
    func usable(_ variants: [PeerVariant]) -> [PeerVariant] {
        guard tcmalloc == nil else { return variants }
        let others = variants.filter { !$0.needsTcmalloc }
        return others.contains { !$0.isBeside } ? others : variants
    }

    /// Runs a variant in a process of its own.
    func report(_ variant: PeerVariant, threads: Int, seed: Int) throws -> PeerReport {
        var environment = ProcessInfo.processInfo.environment
        environment["FASHION_MNIST_DIR"] = images.path
        environment["SOTU_DIR"] = text.path
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        if variant.needsTcmalloc, let tcmalloc { environment["LD_PRELOAD"] = tcmalloc }
        let program = programs.appending(path: variant.program).path
        let process = ChildProcess(
            executable: python,
            arguments: [program] + variant.arguments + ["--threads", "\(threads)", "--seed", "\(seed)"],
            environment: environment)
        return try PeerReport(output: try process.output())
    }
}
