import ArgumentParser
import Datasets
import Experiments
import Foundation
import Models
import Tensors
import ThreatModel

/// What stands between a model and its callers.
struct ProtectionOptions: ParsableArguments {
    @Option(help: "A defence, as 'penumbra defences' lists them: NAME[=VALUE[,VALUE]]; several act in their order.")
    var defence: [String] = []

    @Option(help: "A monitor, as 'penumbra defences' lists them: NAME[=VALUE[,VALUE]].")
    var monitor: [String] = []

    @Option(help: "What is done about an alarm: report or block.", transform: Self.policy)
    var onAlarm = AlarmPolicy.report

    @Option(help: "The training records, for defences that keep them from being told: a file or a data set.")
    var training: String?

    @Option(help: "Records of the distribution that a model is meant for, for monitors: a file or a data set.")
    var reference: String?

    @Option(help: "What benign callers ask, for monitors; other records than the reference.")
    var benign: String?

    @Option(help: "The queries of a benign caller, for monitors.")
    var lifetime = 100

    @Option(help: "Where to write at the end, as JSON, what the monitors saw of each model's accounts.")
    var report: String?

    @Option(help: "The seed of the defences' noise; whoever knows it can subtract it (default: a new one).")
    var seed: UInt64?

    /// What protects a model.
    ///
    /// - Parameters:
    ///   - saved: the model.
    ///   - name: what it is called.
    ///   - blocks: the blocked accounts of all models.
    /// - Returns: its defences, and its monitors where there are any.
    /// - Throws: an error of one line when a name is not known, or a file is missing or does not fit the model.
    func protection(of saved: SavedModel, _ name: String, _ blocks: AccountBlocks) throws -> Protection {
        let random = RandomStream(seed: seed ?? .random(in: 0 ... .max))
        let noise = random["defences"]
        let material =
            try training.map { DefenceMaterial(random: noise, training: try records($0, of: saved), model: name) }
            ?? DefenceMaterial(random: noise, model: name)
        let defences = try defence.map { try DefenceSpec($0) }.defences(material)
        let monitors = try monitor.map { try MonitorSpec($0) }
        guard !monitors.isEmpty else { return Protection(defences: defences, watches: nil, policy: onAlarm) }
        let known = MonitorMaterial(
            reference: try reference.map { try records($0, of: saved) },
            benign: try benign.map { try records($0, of: saved) }, lifetime: lifetime, random: random["monitors"])
        return Protection(
            defences: defences, watches: try AccountWatches(monitors, known), policy: onAlarm, blocks: blocks)
    }

    private func records(_ reference: String, of saved: SavedModel) throws -> Records {
        try saved.records(reference) { try DatasetRegistry.standard() }
    }

    private static func policy(_ text: String) throws -> AlarmPolicy {
        guard let policy = AlarmPolicy(rawValue: text) else {
            throw ValidationError("--on-alarm: expected report or block, found '\(text)'")
        }
        return policy
    }
}

/// Defences and monitors of one model.
struct Protection: Sendable {
    /// The defences in their order.
    var defences: [any OutputDefence] = []
    /// The monitors of each account.
    var watches: AccountWatches?
    /// What is done about an alarm.
    var policy = AlarmPolicy.report
    /// The accounts that are blocked, by this model's monitors or by another's.
    var blocks = AccountBlocks()

    /// A service as an account sees it: monitors are closer to the model than defences, since they judge its own answers.
    func wrapped(_ service: any ModelService, for account: String) -> any ModelService {
        let watched: any ModelService =
            watches.map { MonitoredService(service, $0[account], policy: policy, block: blocks[account]) } ?? service
        return defences.isEmpty ? watched : DefendedService(watched, defences)
    }
}
