import ArgumentParser
import Auditing
import Datasets
import Experiments
import Foundation
import Models
import Tensors
import ThreatModel

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

    @Option(help: "Further records of that distribution, for attacks that know a population.")
    var population: String?

    @Option(help: "The signal that it reads, of those of the model's family.")
    var signal: String?

    @Option(name: .customLong("set"), help: "A setting of the attack, key=value; may be repeated.")
    var settings: [String] = []

    @Option(help: "The seed of its draws.")
    var seed: UInt64 = 0

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try BLAS.verify()
        let settings = try KeyValues.parse(settings).mapValues(AttackSettings.Value.init)
        let signal = try signal.map { name in
            guard let signal = Signal(rawValue: name) else {
                let known = Signal.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.badInput, "--signal: expected one of \(known), found '\(name)'")
            }
            return signal
        }
        let saved = try SavedModel(contentsOf: URL(filePath: model))
        func records(_ reference: String) throws -> Records {
            try saved.records(reference) { try DatasetRegistry.standard() }
        }
        let audit = try ModelAudit(
            of: saved, members: try records(members), nonMembers: try records(nonMembers),
            population: try population.map(records), attack: attack, signal: signal,
            settings: AttackSettings(settings), seed: seed)
        if json { return try Output.json(audit) }
        try Output.result("attack: \(audit.attack) \(audit.signal), \(audit.queries) queries")
        try Output.table(GradeLines.table(audit.grade))
    }
}
