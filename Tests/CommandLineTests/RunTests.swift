import Foundation
import Testing

@Suite("penumbra run")
struct RunTests {
    private let scratch: Scratch
    private let spec: String

    init() throws {
        scratch = try Scratch()
        spec = try TinySpec.write(to: scratch)
    }

    /// The stages of the log's lines with a verb such as "reused".
    private func stages(_ verb: String, _ outcome: Program.Outcome) -> [String] {
        outcome.errorLines.compactMap { line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: Substring(verb)), place + 1 < words.count else { return nil }
            return String(words[place + 1])
        }.sorted()
    }

    private func run(_ folder: String, _ options: [String] = []) throws -> Program.Outcome {
        try Program.run(["run", spec, "--runs", scratch.file(folder).path] + options)
    }

    @Test("One and two workers, and a run that was killed in between, give the same findings byte for byte")
    func workersAndKill() throws {
        let whole = try run("whole", ["--workers", "1"])
        #expect(whole.status == 0, "\(whole.errors)")
        let findings = try Runs(url: scratch.file("whole")).findings()
        #expect(findings.count > 10_000)
        let two = try run("two", ["--workers", "2", "--json"])
        #expect(two.status == 0 && two.output == String(decoding: findings, as: UTF8.self))
        #expect(try Runs(url: scratch.file("two")).findings() == findings)

        let killed = Runs(url: scratch.file("killed"))
        let all = try Runs(url: scratch.file("whole")).artefacts()
        // However late it is killed, it is not over: somebody else seems to compute what it would finish last.
        let last = try #require(try Runs(url: scratch.file("whole")).lastArtefact())
        let lock = try killed.lock(last)
        try kill(after: 8, ["run", spec, "--runs", killed.url.path, "--workers", "1"])
        close(lock)
        let before = try killed.artefacts()
        try #require(before.count >= 8 && before.count < all.count)
        #expect(!FileManager.default.fileExists(atPath: killed.url.appending(path: "tiny").path))
        let rest = try Program.run(["run", spec, "--runs", killed.url.path, "--workers", "2"])
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(try killed.findings() == findings)
        let after = try killed.artefacts()
        #expect(before.allSatisfy { after[$0.key] == $0.value }, "a finished artefact was written again")
        #expect(Set(after.keys) == Set(all.keys))
        #expect(try killed.leftovers().isEmpty)
        let reused = stages("reused", rest)
        #expect(reused.count == before.keys.count { !$0.hasPrefix("surrogate/") })
        #expect(Set(reused + stages("finished", rest)) == Set(stages("finished", whole)))
    }

    @Test(
        "A second run computes nothing and writes the same findings; report renders them again; train takes its victim")
    func again() throws {
        #expect(try run("runs").status == 0)
        let folder = scratch.file("runs/tiny")
        let findings = try Runs(url: scratch.file("runs")).findings()
        let again = try run("runs")
        #expect(again.status == 0 && stages("finished", again).isEmpty && again.output.contains("report: "))
        #expect(try Runs(url: scratch.file("runs")).findings() == findings)

        let report = folder.appending(path: "report.html")
        let html = try Data(contentsOf: report)
        try FileManager.default.removeItem(at: report)
        let rendered = try Program.run(["report", folder.path])
        #expect(rendered.status == 0 && rendered.output.contains("report.html"))
        #expect(try Data(contentsOf: report) == html)
        #expect(try Runs(url: scratch.file("runs")).findings() == findings)

        let plan = try Program.run(["plan", spec, "--runs", scratch.file("runs").path])
        #expect(plan.status == 0 && plan.output.contains("cached") && !plan.output.contains("open  "))
        let fresh = try Program.run(["plan", spec, "--runs", scratch.file("nothing").path])
        #expect(fresh.status == 0 && !fresh.output.contains("cached") && fresh.output.contains("victim/gpt-untrained"))
        #expect(!FileManager.default.fileExists(atPath: scratch.file("nothing").path), "a plan writes nothing")

        let file = scratch.file("vae.safetensors")
        let trained = try Program.run(
            ["train", spec, "--runs", scratch.file("runs").path, "--victim", "vae", "--out", file.path])
        #expect(trained.status == 0 && stages("reused", trained) == ["victim/vae"])
        #expect(stages("finished", trained).isEmpty && FileManager.default.fileExists(atPath: file.path))
    }

    @Test("One flipped byte in the store is told on standard error, its stage computed again, the findings the same")
    func flippedByte() throws {
        #expect(try run("runs").status == 0)
        let runs = Runs(url: scratch.file("runs"))
        let findings = try runs.findings()
        let victim = try #require(try runs.artefacts().keys.sorted().first { $0.hasPrefix("measure/") })
        let file = runs.url.appending(path: ".store/\(victim)/victim.json")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: file)
        let again = try run("runs")
        #expect(again.status == 0 && stages("finished", again).count == 1)
        let told = again.errorLines.filter { $0.contains("damaged") }
        #expect(told.count == 1 && told[0].hasPrefix("store: \(victim) is damaged"))
        #expect(told[0].components(separatedBy: "again").count == 2, "\(told[0])")
        #expect(try runs.findings() == findings)
    }

    @Test("A stage that fails ends the run with 1 and is named in the last line; the others are kept")
    func failingStage() throws {
        let settings = ["--set", "victims.4.attacks.1.variance=per-record"]
        let outcome = try run("runs", settings)
        let failed = "attack/gpt/lira-online/token-loss"
        #expect(outcome.status == 1 && stages("FAILED", outcome) == ["\(failed):"])
        #expect(outcome.errorLines.last?.hasPrefix("penumbra: 1 stage(s) failed") == true)
        #expect(outcome.errorLines.last?.contains(failed) == true && outcome.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: scratch.file("runs/tiny").path))
        let again = try run("runs")
        #expect(again.status == 0 && stages("finished", again) == [failed])
    }

    @Test("A violated gate ends with 3 after the report is written, and one that holds with 0")
    func gate() throws {
        func outcome(_ bound: String) throws -> Program.Outcome {
            let relation =
                "expect:\n  - {statement: claim, gate: true, left: {victim: autoencoder, measure: held-out}, \(bound)}\n"
            let small = try #require(TinySpec.yaml.range(of: "  - id: vae\n"))
            let end = try #require(TinySpec.yaml.range(of: "  - id: autoencoder\n"))
            let rest = TinySpec.yaml[end.lowerBound...]
            let gpt = try #require(rest.range(of: "  - id: gpt\n"))
            let yaml = TinySpec.yaml[..<small.lowerBound] + rest[..<gpt.lowerBound] + relation
            let file = try TinySpec.write(String(yaml), to: scratch, as: "gate.yaml")
            return try Program.run(["run", file, "--runs", scratch.file("gate").path])
        }
        let violated = try outcome("atMost: 1")
        #expect(
            violated.status == 3 && violated.errorLines.last?.contains("1 gate(s) violated, the first: claim") == true)
        #expect(FileManager.default.fileExists(atPath: scratch.file("gate/tiny/report.html").path))
        #expect(try outcome("atLeast: 1").status == 0)
    }

    @Test("A full disk ends the run with 1 and one clear line; with space again the same command finishes the work")
    func noSpace() throws {
        let runs = Runs(url: scratch.file("runs"))
        // No file may grow beyond 48 KiB: a VAE's checkpoint does not fit, as on a full disk.
        let command = "trap '' XFSZ; ulimit -f 48; exec \"$@\""
        let arguments = ["run", spec, "--runs", runs.url.path, "--workers", "2"]
        let outcome = try Program.run(arguments, through: ["/bin/bash", "-c", command, "bash"])
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        let last = try #require(outcome.errorLines.last)
        #expect(last.hasPrefix("penumbra: cannot write ") && last.contains("free some space"), "\(last)")
        #expect(try runs.leftovers().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: runs.url.appending(path: "tiny").path))
        let before = try runs.artefacts()
        let again = try Program.run(arguments)
        #expect(again.status == 0, "\(again.errors)")
        let after = try runs.artefacts()
        #expect(before.allSatisfy { after[$0.key] == $0.value } && after.count > before.count)
    }

    @Test("A folder of runs that cannot be made ends with 1 and one line")
    func unwritableRuns() throws {
        try Data().write(to: scratch.file("file"))
        let outcome = try run("file")
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(outcome.errorLines.last?.hasPrefix("penumbra: cannot write ") == true, "\(outcome.errors)")
    }

    /// Starts the program, waits until some stages are finished, and kills it as a power cut would.
    private func kill(after count: Int, _ arguments: [String]) throws {
        let errors = scratch.file("killed-err")
        let process = try Program.start(arguments, output: scratch.file("killed-out"), errors: errors)
        let deadline = Date(timeIntervalSinceNow: 600)
        while process.isRunning, Date() < deadline {
            let text = try String(contentsOf: errors, encoding: .utf8)
            if text.components(separatedBy: "finished").count > count { break }
            Thread.sleep(forTimeInterval: 0.002)
        }
        try #require(process.isRunning, "it was over before it was killed")
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
    }
}
