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
    /// - Throws: `NamedValuesError` when a defence or monitor lacks what it needs, ``Client/GatewayError`` when there is
    ///   no gateway's program or it does not start.
    init(_ victim: ResolvedVictim, _ model: Model, _ spec: ServiceSpec) throws {
        let materials = victim.serviceMaterials
        switch spec.over {
        case .process:
            let watches = try AccountWatches(spec.monitors, materials.monitors)
            let local = LocalService(model, tokeniser: victim.split.tokeniser)
            let watch = watches[Self.account]
            service = try DefendedService(MonitoredService(local, watch), spec.defences, materials.defences)
            (self.watch, remote) = (watch, nil)
        case .http:
            let folder = FileManager.default.temporaryDirectory.appending(path: "penumbra-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            do {
                let gateway = try Self.gateway(victim, model, spec, materials, in: folder)
                (service, watch) = (RemoteService(gateway.address), nil)
                remote = Remote(gateway: gateway, folder: folder)
            } catch {
                try FileManager.default.removeItem(at: folder)
                throw error
            }
        }
    }

    private static func gateway(
        _ victim: ResolvedVictim, _ model: Model, _ spec: ServiceSpec, _ materials: ServiceMaterials, in folder: URL
    ) throws -> GatewayProcess {
        let checkpoint = folder.appending(path: "victim.safetensors")
        try victim.checkpoint(model).encoded().write(to: checkpoint)
        try materials.file().encoded().write(to: materialsFile(in: folder))
        let arguments =
            ["--allow-logits", "--material", materialsFile(in: folder).path, "--report", reportFile(in: folder).path]
            + spec.defences.flatMap { ["--defence", $0.description] }
            + spec.monitors.flatMap { ["--monitor", $0.description] }
        return try GatewayProcess(models: [checkpoint], arguments: arguments)
    }

    private static func materialsFile(in folder: URL) -> URL { folder.appending(path: "material.safetensors") }
    private static func reportFile(in folder: URL) -> URL { folder.appending(path: "report.json") }

    /// Ends the service and returns what the monitors saw; `nil` where nobody watched.
    ///
    /// - Throws: when a gateway left no report.
    func finish() throws -> WatchReport? {
        guard let remote else { return watch?.report }
        remote.gateway.stop()
        defer { try? FileManager.default.removeItem(at: remote.folder) }
        let data = try Data(contentsOf: Self.reportFile(in: remote.folder))
        return try JSONDecoder().decode([String: WatchReport].self, from: data)[Self.account]
    }
}

extension ResolvedVictim {
    /// What the owner of a victim gives to its defences and monitors: its members, of which monitors compare queries with
    /// one half and learn from the other what a benign account asks.
    var serviceMaterials: ServiceMaterials {
        let members = training
        let half = min(members.count / 2, 2000)
        return ServiceMaterials(
            random: random["service"], training: members, reference: members.slice(0..<half),
            benign: members.slice(half..<2 * half))
    }
}
