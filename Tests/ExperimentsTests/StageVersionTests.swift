import Foundation
import Glibc
import Store
import Tensors
import Testing

@testable import Experiments

/// Guards the versions of the stages: a key promises bytes, so bytes that change need another key.
///
/// Digests are recorded per environment in `Golden/digests.json`; `PENUMBRA_RECORD=1 swift test …` records this one's.
@Suite("Versions of stages")
struct StageVersionTests {
    private struct Recorded: Codable, Equatable {
        var version: Int
        var digest: String
    }

    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/digests.json")

    /// What bytes may depend on, beside the program.
    private static var environment: String {
        let here = RunEnvironment.current
        return "\(here.blasCore), \(here.vectors), \(here.processor), \(cLibrary)"
    }

    private static var cLibrary: String {
        var text = [CChar](repeating: 0, count: 64)
        _ = unsafe confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// One digest per kind of stage: of the checksums of all its artefacts' files.
    private func digests(in folder: URL) throws -> [String: Recorded] {
        let plan = try TinyExperiment.plan()
        // Only the audit's own stages are of this run: what others left of the first is recorded as it was.
        let audit = try TinyExperiment.plan(AuditRunTests.yaml)
        let artefacts = try plan.run(in: folder, workers: 2).artefacts
            .merging(audit.run(in: folder, workers: 2).artefacts) { $1 }
        var result: [String: Recorded] = [:]
        for kind in Stage.Kind.allCases {
            var lines: [String] = []
            for stage in (kind == .audit ? audit : plan).stages.sorted(by: { $0.id < $1.id }) where stage.kind == kind {
                let artefact = try #require(artefacts[stage.id])
                for name in artefact.files {
                    lines.append("\(stage.id)/\(name) \(Checksum.of(try artefact.data(name)))")
                }
            }
            try #require(!lines.isEmpty)
            let digest = Checksum.of(Data(lines.joined(separator: "\n").utf8))
            result[kind.rawValue] = Recorded(version: kind.version, digest: digest)
        }
        return result
    }

    @Test("The bytes of a tiny run are those that the stage's version stands for")
    func golden() throws {
        let scratch = try Scratch()
        let found = try digests(in: scratch.file("first"))
        var all = try JSONDecoder().decode([String: [String: Recorded]].self, from: Data(contentsOf: Self.file))
        if ProcessInfo.processInfo.environment["PENUMBRA_RECORD"] == "1" {
            all[Self.environment] = found
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try (encoder.encode(all) + Data("\n".utf8)).write(to: Self.file)
            Issue.record("recorded \(Self.environment); look at the change and run again")
        }
        guard let recorded = all[Self.environment] else {
            #expect(try digests(in: scratch.file("second")) == found, "two runs of one spec differ")
            return
        }
        for (kind, now) in found {
            let before = try #require(recorded[kind], "\(kind) is not recorded: PENUMBRA_RECORD=1")
            if now.version == before.version {
                #expect(
                    now.digest == before.digest,
                    "\(kind): bytes changed without a bump of the stage's version (\(now.version)) in Stage.Kind")
            } else {
                Issue.record("\(kind): version \(now.version) is not recorded: PENUMBRA_RECORD=1")
            }
        }
    }
}
