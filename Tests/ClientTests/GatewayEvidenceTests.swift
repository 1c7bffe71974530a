import Foundation
import Models
import Tensors
import Testing

@testable import Client
@testable import ThreatModel

extension GatewayTests {
    /// An attack on a model, and what stands before the model.
    struct Scene: Sendable, CustomTestStringConvertible {
        var name: String
        var play: Play.Attack
        var model: String
        var defences: [String] = []
        var monitors: [String] = []
        var testDescription: String { ([name, "on", model] + defences + monitors).joined(separator: " ") }
    }

    private static let seed: UInt64 = 5

    private static let scenes = [
        Scene(name: "labels", play: Play.labels, model: "classifier", defences: ["noise=0.1"], monitors: ["prada"]),
        Scene(name: "predictions", play: Play.predictions, model: "classifier"),
        Scene(
            name: "predictions", play: Play.predictions, model: "classifier",
            defences: ["noise=0.05", "rounding=2", "noise=0.01"], monitors: ["prada=0.999"]),
        Scene(name: "codes", play: Play.codes, model: "autoencoder", defences: ["noise=0.1", "rounding=1"]),
        Scene(name: "codes", play: Play.codes, model: "variational", monitors: ["prada=0.999"]),
        Scene(name: "codes", play: Play.codes, model: "conditional", defences: ["noise=0.1"]),
        Scene(name: "samples", play: Play.samples, model: "gan", defences: ["rounding=1"]),
        Scene(name: "samples", play: Play.samples, model: "conditional"),
        Scene(name: "latents", play: Play.latents, model: "variational", monitors: ["prada"]),
        Scene(name: "continuations", play: Play.continuations, model: "transformer", defences: ["labels-only"]),
        Scene(
            name: "completions", play: Play.completions, model: "transformer", defences: ["noise=0.1", "rounding=2"],
            monitors: ["bias-coverage=3"]),
        Scene(name: "logits", play: Play.logits, model: "transformer", defences: ["rounding=1", "noise=0.2"]),
    ]

    @Test("The gateway gives an attack the evidence, and the monitors the queries, of this process", arguments: scenes)
    func evidence(scene: Scene) throws {
        let report = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: report) }
        let arguments = { (_: URL) in
            ["--allow-logits", "--max-rows", "4096", "--seed", "\(Self.seed)", "--report", report.path]
                + scene.defences.flatMap { ["--defence", $0] } + scene.monitors.flatMap { ["--monitor", $0] }
        }
        try serve(scene.model, arguments: arguments) { gateway, served in
            let random = RandomStream(seed: Self.seed)
            let watches = try AccountWatches(
                scene.monitors.map { try MonitorSpec($0) }, MonitorMaterial(random: random["monitors"]))
            let local = LocalService(served.model, id: scene.model, tokeniser: served.tokeniser)
            let watched = MonitoredService(local, watches["anonymous"])
            let service = try DefendedService(
                watched, scene.defences.map { try DefenceSpec($0) },
                DefenceMaterial(random: random["defences"], model: scene.model))
            let (near, far) = (QueryMeter(), QueryMeter())
            let expected = try scene.play(Victim(behind: service), near)
            #expect(try scene.play(Victim(behind: RemoteService(gateway.address)), far) == expected)
            #expect(expected != Evidence() && near.queries > 0)
            #expect(far.queries == near.queries && far.tokens == near.tokens)
            // The report is written at the end.
            gateway.stop()
            let seen = try JSONDecoder().decode([String: [String: WatchReport]].self, from: Data(contentsOf: report))
            #expect(seen == [scene.model: scene.monitors.isEmpty ? [:] : watches.reports])
        }
    }
}
