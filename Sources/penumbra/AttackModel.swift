import ArgumentParser
import Auditing
import Datasets
import Experiments
import Foundation
import Tensors

/// Audits a model that one already has.
struct AttackModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack", abstract: "Audits a checkpoint, given records that it was and was not trained on.",
        discussion: "Attacks without shadow models; with shadows, write an experiment, or export signals and use score."
    )

    @Argument(help: "The checkpoint, a safetensors file.")
    var model: String

    @Option(
        help: "Its training records: a safetensors file, or a reference such as npz:FILE, images:FOLDER, text:FILE.")
    var members: String

    @Option(name: .customLong("nonmembers"), help: "Records of the same distribution that it was not trained on.")
    var nonMembers: String

    @Option(help: "The attack's id, see penumbra attacks.")
    var attack = "loss-threshold"

    @Option(help: "How many samples nearest-sample draws.")
    var samples = 5000

    @Option(help: "The seed of those draws.")
    var seed: UInt64 = 0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard samples > 0 else { throw ValidationError("--samples: expected a positive number, found \(samples)") }
    }

    func run() throws {
        try BLAS.verify()
        let saved = try SavedModel(contentsOf: URL(filePath: model))
        let audit = try ModelAudit(
            of: saved, members: try saved.records(members) { try DatasetRegistry.standard() },
            nonMembers: try saved.records(nonMembers) { try DatasetRegistry.standard() }, attack: attack,
            samples: samples, seed: seed)
        if json { return try Output.json(audit) }
        try Output.result("attack: \(audit.attack) \(audit.signal), \(audit.queries) queries")
        try Output.table(GradeLines.table(audit.grade))
    }
}
