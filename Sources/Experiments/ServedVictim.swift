import Client
import Foundation
import Models
import Tensors
import ThreatModel

/// A victim behind the interface that a spec describes, for as long as one attack plays.
///
/// In this process and over HTTP the same defences and monitors stand in the same order around the same model.
final class ServedVictim: Sendable {
    /// What the attack asks.
    let service: any ModelService
    private let watch: AccountWatch?
    private let remote: Remote?

    /// A gateway with the folder of its files.
    private struct Remote {
        let gateway: GatewayProcess
        let folder: URL
    }

    /// The account that monitors watch.
    private static let account = "anonymous"

    /// Puts a model behind an interface.
    ///
    /// - Parameters:
    ///   - victim: whose defences, monitors and records are meant.
    ///   - model: what answers.
    ///   - spec: the interface.
    ///   - program: the gateway's program; ``Client/GatewayProcess/executable()`` when `nil`.
    /// - Throws: `NamedValuesError` when a defence or monitor lacks what it needs, ``Client/GatewayError`` when there is
    ///   no gateway's program or it does not start.
    init(_ victim: ResolvedVictim, _ model: Model, _ spec: ServiceSpec, program: URL? = nil) throws {
        let materials = ServiceMaterials(victim)
        switch spec.over {
        case .process:
            let watches = try AccountWatches(spec.monitors, materials.forMonitors)
            let local = LocalService(model, tokeniser: victim.split.tokeniser)
            let watch = watches[Self.account]
            service = try DefendedService(MonitoredService(local, watch), spec.defences, materials.forDefences)
            (self.watch, remote) = (watch, nil)
        case .http:
            let folder = FileManager.default.temporaryDirectory.appending(path: "penumbra-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            do {
                let gateway = try Self.gateway(program, victim, model, spec, materials, in: folder)
                (service, watch) = (RemoteService(gateway.address), nil)
                remote = Remote(gateway: gateway, folder: folder)
            } catch {
                try FileManager.default.removeItem(at: folder)
                throw error
            }
        }
    }

    private static func gateway(
        _ program: URL?, _ victim: ResolvedVictim, _ model: Model, _ spec: ServiceSpec, _ materials: ServiceMaterials,
        in folder: URL
    ) throws -> GatewayProcess {
        let checkpoint = folder.appending(path: "victim.safetensors")
        try victim.checkpoint(model).encoded().write(to: checkpoint)
        var arguments = [
            "--allow-logits", "--max-rows", "1000000", "--max-tokens", "100000000", "--seed", "\(materials.seed)",
            "--report", reportFile(in: folder).path,
        ]
        arguments += spec.defences.flatMap { ["--defence", $0.description] }
        arguments += spec.monitors.flatMap { ["--monitor", $0.description] }
        for (option, records) in try materials.needed(by: spec) {
            let file = folder.appending(path: "\(option).safetensors")
            try records.file.encoded().write(to: file)
            arguments += ["--\(option)", file.path]
        }
        return try GatewayProcess(models: [checkpoint], arguments: arguments, executable: program)
    }

    private static func reportFile(in folder: URL) -> URL { folder.appending(path: "report.json") }

    deinit {
        guard let remote else { return }
        remote.gateway.stop()
        // Nothing can be done about what is left of a temporary folder.
        try? FileManager.default.removeItem(at: remote.folder)
    }

    /// Has an attack ask, then ends the service.
    ///
    /// - Parameter attack: what asks the sealed victim.
    /// - Returns: what it found, and what the monitors saw.
    /// - Throws: what the attack throws, with a word on a gateway that is gone; an error when a gateway left no report.
    func play<Evidence>(_ attack: (Victim) throws -> Evidence) throws -> (evidence: Evidence, report: WatchReport?) {
        let evidence: Evidence
        do {
            evidence = try attack(Victim(behind: service))
        } catch {
            guard let remote, !remote.gateway.isRunning else { throw error }
            throw SpecError("\(error); the gateway ended while it was asked, so run again")
        }
        return (evidence, try finish())
    }

    /// Ends the service and returns what the monitors saw; `nil` where nobody watched.
    private func finish() throws -> WatchReport? {
        guard let remote else { return watch?.report }
        remote.gateway.stop()
        let data = try Data(contentsOf: Self.reportFile(in: remote.folder))
        return try JSONDecoder().decode([String: [String: WatchReport]].self, from: data).values.first?[Self.account]
    }
}

extension AttackStage {
    /// Checks that the gateway's program is there if the victim answers over HTTP.
    ///
    /// - Throws: ``SpecError`` that names the command which builds it.
    func checkGateway() throws {
        guard attack.service?.over == .http else { return }
        do {
            _ = try GatewayProcess.executable()
        } catch {
            throw SpecError("victims: \(attack.id) on '\(victim.spec.id)' asks over HTTP: \(error)")
        }
    }
}

/// What the owner of a victim gives to its defences and monitors: its members, of which monitors compare queries with
/// one half and learn from the other what a benign account asks.
struct ServiceMaterials {
    /// Of noise and of partitions.
    let seed: UInt64
    private let training: Records
    private let reference: Records
    private let benign: Records

    /// The most records that monitors compare queries with.
    private static let most = 2000

    init(_ victim: ResolvedVictim) {
        seed = victim.random["service"].integer(0)
        training = victim.training
        let half = min(training.count / 2, Self.most)
        (reference, benign) = (training.slice(0..<half), training.slice(half..<2 * half))
    }

    private var random: RandomStream { RandomStream(seed: seed) }

    var forDefences: DefenceMaterial { DefenceMaterial(random: random["defences"], training: training) }

    var forMonitors: MonitorMaterial {
        MonitorMaterial(reference: reference, benign: benign, random: random["monitors"])
    }

    /// The records that a gateway reads for a service, by its option.
    func needed(by spec: ServiceSpec) throws -> [(option: String, records: Records)] {
        let forMonitors = spec.monitors.isEmpty ? [] : [("reference", reference), ("benign", benign)]
        // Only what filters text reads the training records; of images nothing is known of them.
        return (training.window > 0 && !spec.defences.isEmpty ? [("training", training)] : []) + forMonitors
    }
}

extension Records {
    /// Features or tokens, as a program reads them that serves or attacks a model.
    fileprivate var file: Safetensors {
        var file = Safetensors()
        if let features {
            file.arrays["features"] = Safetensors.Array(features)
        } else {
            file.arrays["tokens"] = Safetensors.Array(tokens, shape: [count, window])
        }
        return file
    }
}
