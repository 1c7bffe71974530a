import Foundation
import TestSupport
import Testing

@testable import Benchmarks

/// Both sides are shell scripts here that print canned figures and note that they were called.
@Suite("The comparison")
struct ComparisonTests {
    private final class Stage {
        let folder: URL
        var log: URL { folder.appending(path: "log") }

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data().write(to: log)
        }

        deinit {
            do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
        }

        /// Writes a program; `$log` is where it notes its calls.
        func script(_ name: String, _ body: String) throws -> URL {
            let file = folder.appending(path: name)
            try ShellProgram.write("log=\(log.path)\n\(body)", to: file)
            return file
        }

        func calls() throws -> [String] {
            try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    private static let ours = """
        echo "ours ${7} ${OPENBLAS_CORETYPE:-free}" >> $log
        echo '{"items_per_second": 300, "loss_last": 2, "peak_mb": 50, "working_mb": 8, "sgemm": 100, "threads": 1, \
        "blas_core": "Haswell"}'
        """
    /// The plain variant is the slowest, tcmalloc the fastest, compile 10 % behind, bf16 faster than all.
    private static let python = """
        if [ "$1" = -c ]; then echo 2.13.0; exit; fi
        rate=100
        case "$*" in *--compile*) rate=180;; *--bf16*) rate=900;; esac
        [ -n "$LD_PRELOAD" ] && rate=200
        echo "peer $rate" >> $log
        echo "{\\"items_per_s\\": $rate, \\"peak_rss_mb\\": 500, \\"loss_last\\": 2.01}"
        """

    private static func variant(_ name: String, _ arguments: [String] = [], isBeside: Bool = false) -> PeerVariant {
        PeerVariant(
            name: name, program: "p.py", arguments: arguments, needsTcmalloc: false, isBeside: isBeside)
    }

    private struct Canned: Benchmark {
        let name = "canned"
        let unit = "items"
        let flopsPerItem = 1e8
        let expectedBytes = 4.0 * 1_048_576
        var peers = [variant("plain"), variant("compile", ["--compile"]), variant("bf16", ["--bf16"], isBeside: true)]
        func prepare(_ setting: BenchmarkSetting) -> @Sendable () async throws -> BenchmarkRun {
            { BenchmarkRun(windows: []) }
        }
    }

    private func comparison(
        _ stage: Stage, ours: String = ours, python: String = python, repeats: Int = 2, isQuick: Bool = false,
        comparesUnpinned: Bool = false
    ) throws -> Comparison {
        let peers = try PeerMachine(
            python: try stage.script("python", python).path, repository: stage.folder, images: stage.folder,
            text: stage.folder)
        return Comparison(
            program: try stage.script("penumbra", ours), peers: peers, repeats: repeats, threads: 1, isQuick: isQuick,
            comparesUnpinned: comparesUnpinned, say: { _ in })
    }

    @Test("runs the sides in turn; after the first repeat only contenders go on, and the fastest is the peer")
    func interleaving() throws {
        let stage = try Stage()
        let result = try comparison(stage).result(of: Canned())
        #expect(
            try stage.calls().map { $0.split(separator: " ")[0...1].joined(separator: " ") } == [
                "ours 0", "peer 100", "peer 180", "peer 900", "ours 1", "peer 180",
            ])
        #expect(result.peerVariant == "compile" && result.peer == 180 && result.isSound)
        #expect(result.variants == ["plain": 100, "compile": 180, "bf16": 900])
        #expect(result.ours?.ratio == 300.0 / 180 && result.ours?.gigaflops == 30 && result.ours?.sgemmShare == 0.3)
        #expect(result.expectedMegabytes == 4 && result.workingMegabytes == 8 && result.peerPeakMegabytes == 500)
        #expect(result.losses?.ours == 2 && result.losses?.peer == 2.01)
    }

    @Test("quickly runs the peer's first variant alone")
    func quick() throws {
        let stage = try Stage()
        let result = try comparison(stage, isQuick: true).result(of: Canned())
        #expect(result.peerVariant == "plain" && result.variants == ["plain": 100] && result.ours?.ratio == 3)
    }

    @Test("takes the pins out of the environment for a second column")
    func unpinned() throws {
        let stage = try Stage()
        var both = try comparison(stage, repeats: 1, comparesUnpinned: true)
        both.environment["OPENBLAS_CORETYPE"] = "Haswell"
        let result = both.result(of: Canned())
        #expect(result.unpinned?.ratio == result.ours?.ratio && result.unpinned != nil)
        #expect(try stage.calls().filter { $0.hasPrefix("ours") } == ["ours 0 Haswell", "ours 0 free"])
    }

    @Test("says why a side failed, keeps the other, and does not repeat what fails")
    func failure() throws {
        let stage = try Stage()
        let broken = #"if [ "$1" = -c ]; then echo 2; exit; fi; echo "peer x" >> $log; echo why >&2; exit 3"#
        let result = try comparison(stage, python: broken).result(of: Canned())
        #expect(!result.isSound && result.ours?.rate == 300 && result.ours?.ratio == nil && result.peer == nil)
        #expect(result.failures.count == 3 && result.failures[0].contains("status 3: why"))
        #expect(try stage.calls().filter { $0.hasPrefix("ours") }.count == 1)
    }

    @Test("fails a case whose losses differ")
    func losses() throws {
        let stage = try Stage()
        let worse = Self.ours.replacing("\"loss_last\": 2", with: "\"loss_last\": 2.2")
        let result = try comparison(stage, ours: worse).result(of: Canned())
        #expect(!result.isSound && result.failures[0].contains("2.2"))
    }

    @Test("runs once more when other programs were busy, and keeps the quieter run")
    func disturbed() throws {
        let stage = try Stage()
        let noisy = """
            cores=64
            [ -s $log ] && cores=0
            echo "ours $cores" >> $log
            echo "{\\"items_per_second\\": $((300 - cores)), \\"sgemm\\": 1, \\"threads\\": 1, \\"blas_core\\": \\"x\\", \
            \\"other_cores\\": $cores}"
            """
        var alone = try comparison(stage, ours: noisy, repeats: 1)
        alone.peers = nil
        let result = alone.result(of: Canned())
        #expect(result.ours?.rate == 300 && result.otherCores == 0 && result.ours?.ratio == nil)
        #expect(try stage.calls() == ["ours 64", "ours 0"])
    }

    @Test("a Python without PyTorch is bad input, with the remedy")
    func noTorch() throws {
        let stage = try Stage()
        let python = try stage.script("python", "echo No module named torch >&2; exit 1")
        let error = #expect(throws: BenchmarkError.self) {
            try PeerMachine(python: python.path, repository: stage.folder, images: stage.folder, text: stage.folder)
        }
        #expect(error?.description.contains("No module named torch") == true)
        #expect(error?.description.contains("requirements.txt") == true)
    }

    @Test("ends a program that does not end in time")
    func timeout() throws {
        let stage = try Stage()
        var process = ChildProcess(executable: try stage.script("slow", "exec sleep 60"), arguments: [])
        process.secondsAllowed = 1
        #expect(throws: BenchmarkError.timedOut(program: "slow", seconds: 1)) { try process.output() }
    }

    @Test("measures a growth curve point by point")
    func growth() throws {
        let stage = try Stage()
        let linear = """
            size=${3##*-}
            echo "{\\"items_per_second\\": $((1000 / size)), \\"sgemm\\": 1, \\"threads\\": 1, \\"blas_core\\": \\"x\\", \
            \\"working_mb\\": $((size * size))}"
            """
        var alone = try comparison(stage, ours: linear, repeats: 1)
        alone.peers = nil
        let points = [1.0, 2, 4].map { size in
            var job = ShadowLiRA(name: "g-\(Int(size))", shadows: 4)
            job.candidates = 10
            return GrowthCurve.Point(size: size, items: 1, benchmark: job)
        }
        let result = try alone.growth(GrowthCurve(name: "n", work: "w", points: points))
        #expect(result.seconds == [0.001, 0.002, 0.004])
        #expect(abs(result.time.exponent - 1) < 1e-12 && abs((result.memory?.exponent ?? 0) - 2) < 1e-12)
    }
}
