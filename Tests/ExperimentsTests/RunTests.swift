import Auditing
import Foundation
import Models
import Store
import Synchronization
import Tensors
import Testing

@testable import Experiments

@Suite("Runs")
struct RunTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let small = TinyExperiment.head + TinyExperiment.vae + TinyExperiment.autoencoder

    /// Every file of the artefacts, by stage and name.
    private func files(_ artefacts: [String: Artefact]) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for (stage, artefact) in artefacts {
            for name in artefact.files { files["\(stage)/\(name)"] = try artefact.data(name) }
        }
        return files
    }

    @Test("A second run reuses everything, one with a new attack computes that attack alone")
    func reuse() throws {
        let store = scratch.file("store")
        let plan = try TinyExperiment.plan(Self.small)
        let (artefacts, first) = try plan.run(in: store)
        #expect(first.stages("finished") == plan.stages.map(\.id).sorted() && first.stages("reused").isEmpty)
        let (again, second) = try plan.run(in: store)
        #expect(second.stages("reused") == first.stages("finished") && second.stages("finished").isEmpty)
        #expect(again == artefacts)
        let more = try TinyExperiment.plan(
            Self.small.replacing(
                "      - {attack: loss-threshold, signal: rec",
                with:
                    "      - {attack: attack-p, signal: reconstruction-error}\n      - {attack: loss-threshold, signal: rec"
            ))
        let (_, third) = try more.run(in: store)
        let name = "attack-p/reconstruction-error"
        #expect(third.stages("finished") == ["attack/autoencoder-untrained/\(name)", "attack/autoencoder/\(name)"])
    }

    @Test("One flipped byte is told, its stage alone is computed again, and to the same bytes")
    func flippedByte() throws {
        let store = scratch.file("store")
        let plan = try TinyExperiment.plan(Self.small)
        let (artefacts, _) = try plan.run(in: store)
        let before = try files(artefacts)
        let file = try #require(artefacts["victim/vae"]).url.appending(path: "model.safetensors")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: file)
        let (repaired, log) = try plan.run(in: store)
        #expect(log.stages("finished") == ["victim/vae"])
        let told = log.stages("damaged")
        #expect(told.count == 1 && told[0].contains("victim/") && told[0].contains("does not match its checksum"))
        #expect(try files(repaired) == before)
    }

    @Test("A failing stage fails the run at the end: all others are finished and kept, and it is named in one line")
    func failingStage() throws {
        let store = scratch.file("store")
        let yaml = Self.small.replacing(
            "{attack: lira-online, signal: negative-elbo}",
            with: "{attack: lira-online, signal: negative-elbo, variance: per-record}")
        let plan = try TinyExperiment.plan(yaml)
        let failure = #expect(throws: RunFailure.self) { try plan.run(in: store, workers: 2) }
        let failed = "attack/vae/lira-online/negative-elbo"
        #expect(failure?.failures.map(\.stage) == [failed])
        let line = try #require(failure?.description)
        #expect(!line.contains("\n") && line.contains(failed) && line.contains("train more shadows"))
        let lookup = ArtefactStore(root: store) { _ in }
        for stage in plan.stages {
            let isThere = try lookup.lookup(stage: stage.kind.rawValue, key: stage.key) != nil
            #expect(isThere == (stage.id != failed), "\(stage.id)")
        }
        let (_, log) = try TinyExperiment.plan(Self.small).run(in: store)
        #expect(log.stages("finished") == [failed])
    }

    @Test("What reads a failed stage is skipped, and only the failed stage is blamed")
    func skipped() throws {
        let plan = try TinyExperiment.plan(Self.small)
        struct Broken: Error, CustomStringConvertible { let description = "broken\non purpose" }
        let stages = plan.stages.map { stage in
            guard stage.id == "victim/vae" else { return stage }
            return Stage(
                id: stage.id, kind: stage.kind, inputs: stage.inputs, key: stage.key, cost: stage.cost,
                run: { _ in throw Broken() })
        }
        let broken = Plan(plan, stages: stages)
        let log = EventLog()
        let executor = LocalExecutor(
            broken, store: ArtefactStore(root: scratch.file("store")) { _ in }, observer: log.observer)
        let failure = #expect(throws: RunFailure.self) { try executor.run(workers: 2) }
        #expect(failure?.failures.map(\.stage) == ["victim/vae"])
        #expect(log.stages("failed") == ["victim/vae: broken on purpose"])
        let readers = plan.stages.filter { $0.inputs.contains("victim/vae") }.map(\.id).sorted()
        #expect(log.stages("skipped") == readers && readers.count == 5)
        #expect(log.stages("finished").count == plan.stages.count - 6)
    }

    @Test("A store that cannot be written ends the run at once, and with the store's own line")
    func unwritable() throws {
        let store = scratch.file("store")
        try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
        try Data().write(to: store.appending(path: "evaluator"))
        try Data().write(to: store.appending(path: "victim"))
        try Data().write(to: store.appending(path: "shadow"))
        let log = EventLog()
        let plan = try TinyExperiment.plan(Self.small)
        let executor = LocalExecutor(plan, store: ArtefactStore(root: store) { _ in }, observer: log.observer)
        #expect(throws: StoreError.self) { try executor.run(workers: 1) }
        #expect(log.stages("failed").count == 1 && log.stages("finished").isEmpty)
    }

    @Test("A training that is taken up again in the middle ends in the same bytes", arguments: ["vae", "gan", "gpt"])
    func resumed(_ victim: String) throws {
        let plan = try TinyExperiment.plan(setting: ["victims.0.training.epochs=9", "victims.4.training.epochs=9"])
        let stage = try plan.trainingStage(of: victim)
        let whole = try train(stage, "whole", from: nil)
        let kept = try #require(whole.checkpoints.dropFirst(whole.checkpoints.count / 2).first)
        let resumed = try train(stage, "resumed", from: kept)
        #expect(resumed.files == whole.files && whole.files.count == 2)
        #expect(
            resumed.shares.count < whole.shares.count && resumed.shares == whole.shares.suffix(resumed.shares.count))
    }

    @Test("A damaged checkpoint is not taken up: the training begins again, and ends in the same bytes")
    func damagedCheckpoint() throws {
        let plan = try TinyExperiment.plan(setting: ["victims.0.training.epochs=9"])
        let stage = try plan.trainingStage(of: "vae")
        let whole = try train(stage, "whole", from: nil)
        let kept = try #require(whole.checkpoints.last)
        var flipped = kept
        flipped[kept.count - 5] ^= 1
        for (index, damaged) in [flipped, kept.prefix(100), Data(), kept.prefix(kept.count - 4)].enumerated() {
            let again = try train(stage, "damaged-\(index)", from: Data(damaged))
            #expect(again.files == whole.files && again.shares == whole.shares)
        }
    }

    private struct Trained {
        var files: [String: Data]
        /// The content of the checkpoint at each report of progress after the first.
        var checkpoints: [Data]
        var shares: [Double]
    }

    /// Runs a training stage that keeps a checkpoint after every segment.
    private func train(_ stage: Stage, _ name: String, from checkpoint: Data?) throws -> Trained {
        let (output, checkpoints) = (scratch.file("\(name)-out"), scratch.file("\(name)-checkpoints"))
        for folder in [output, checkpoints] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let file = checkpoints.appending(path: "training.safetensors")
        try checkpoint?.write(to: file)
        let seen = Mutex<(checkpoints: [Data], shares: [Double])>(([], []))
        let context = StageContext(
            output: output, inputs: [:], store: ArtefactStore(root: scratch.file("store")) { _ in },
            checkpoints: checkpoints, checkpointInterval: .seconds(-1),
            progress: { share in
                let data = FileManager.default.contents(atPath: file.path)
                seen.withLock { seen in
                    seen.shares.append(share)
                    if let data, data != checkpoint { seen.checkpoints.append(data) }
                }
            })
        try stage.run(context)
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: output.path) {
            files[name] = try Data(contentsOf: output.appending(path: name))
        }
        return seen.withLock { Trained(files: files, checkpoints: $0.checkpoints, shares: $0.shares) }
    }
}
