import ArgumentParser
import Datasets
import Experiments
import Foundation
import Store

/// Trains one victim of an experiment and exports it.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains one victim of an experiment, or takes it from the store, and exports its checkpoint.")

    @OptionGroup var options: RunOptions

    @Option(help: "The victim's id in the spec.")
    var victim: String

    @Option(help: "Where the checkpoint goes, a safetensors file.")
    var out: String

    @Option(help: "A folder for the victim's members.safetensors and nonmembers.safetensors.")
    var split: String?

    func run() throws {
        let plan = try options.plan()
        let stage = try plan.trainingStage(of: victim)
        let limited = plan.limited(to: stage)
        let store = options.store()
        let executor = LocalExecutor(limited, store: store, observer: Progress(limited.stages).observer)
        let (artefacts, _) = try executor.run(workers: 1)
        guard let artefact = artefacts[stage.id] else { throw Failure(.environment, "\(stage.id) left no artefact") }
        try store.writeAtomically(try artefact.data("model.safetensors"), to: URL(filePath: out))
        try Output.result("checkpoint: \(out)")
        guard let split else { return }
        let folder = URL(filePath: split)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (members, nonMembers) = try plan.split(of: victim)
        try store.writeAtomically(members, to: folder.appending(path: "members.safetensors"))
        try store.writeAtomically(nonMembers, to: folder.appending(path: "nonmembers.safetensors"))
        try Output.result("members and non-members: \(folder.path)")
    }
}
