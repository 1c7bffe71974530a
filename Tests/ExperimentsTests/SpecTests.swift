import Foundation
import Testing

@testable import Experiments

@Suite("Specs")
struct SpecTests {
    @Test("The good spec is good, and each original has an untrained control with its attacks without shadows")
    func good() throws {
        let spec = try TinyExperiment.spec()
        #expect(
            spec.victims.map(\.id) == [
                "vae", "vae-private", "gan", "autoencoder", "gpt", "vae-untrained", "gan-untrained",
                "autoencoder-untrained", "gpt-untrained",
            ])
        let control = try #require(spec.victims.first { $0.id == "vae-untrained" })
        #expect(control.isControl && control.attacks.map(\.attack) == ["loss-threshold"] && control.shadows == nil)
        #expect(spec.victims[1].model == spec.victims[0].model && spec.victims[1].base == "vae")
    }

    @Test("What only the data can tell is told when the run is laid out, before anything is written")
    func dataChecks() throws {
        for (assignment, says) in [
            ("images.candidates=100000", "images.candidates: expected at most the 5000 records"),
            ("text.candidates=1000000", "text.candidates: expected at most the"),
            (
                "victims.0.attacks.2.budgets=[20, 4000]",
                "images.population: answer-distillation on 'vae' needs at least 4000"
            ),
            ("images.population=0", "images.population:"), ("text.population=0", "text.population:"),
            ("victims.0.memberRate=0.999", "change memberRate"), ("text.dataset=sout", "sotu"),
            ("victims.4.canaries.pattern=the code is secret", "one run of 1 to 18 '#'"),
            ("victims.4.canaries.pattern=\"a code that is far too long to fit ####\"", "characters"),
            ("victims.4.canaries.alternatives=9999", "10000 in all"),
            ("images.shrink=3", "expected one of 1, 2, 4, 7, 14, 28"),
            (
                "victims.0.model.convolutional={channels: [4, 4, 4, 4, 4, 4]}",
                "the model of 'vae'.convolutional: 6 convolutions leave nothing of images of 28x28"
            ),
        ] {
            let error = #expect(throws: (any Error).self) { try TinyExperiment.plan(setting: [assignment]) }
            let line = error.map { "\($0)" } ?? ""
            #expect(line.contains(says) && !line.contains("\n"), "\(assignment): \(line)")
        }
    }

    @Test("Every part of a spec that is written as it is read comes back equal")
    func roundTrip() throws {
        func expectSame<T: Codable & Equatable>(_ value: T, sourceLocation: SourceLocation = #_sourceLocation) throws {
            let copy = try JSONDecoder().decode(T.self, from: JSONEncoder().encode(value))
            #expect(copy == value, sourceLocation: sourceLocation)
        }
        let spec = try TinyExperiment.spec()
        try expectSame(try #require(spec.images))
        try expectSame(try #require(spec.text))
        try expectSame(try #require(spec.evaluator))
        try expectSame(spec.victims)
    }

    @Test("Every experiment that we ship is well-formed")
    func shipped() throws {
        let folder = TinyExperiment.repository.appending(path: "experiments")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        #expect(!files.isEmpty)
        for file in files {
            let spec = try Spec(contentsOf: file)
            #expect(!spec.victims.isEmpty && spec.name == file.deletingPathExtension().lastPathComponent)
        }
    }
}
