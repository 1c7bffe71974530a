import Auditing
import Foundation
import Testing

@testable import Reporting

@Suite("The files of a report")
struct ReportTests {
    /// Set PENUMBRA_REPORT_FIXTURE to a folder to look at the report.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let kept = ProcessInfo.processInfo.environment["PENUMBRA_REPORT_FIXTURE"].map { URL(fileURLWithPath: $0) }
        let folder = kept ?? FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try body(folder)
        if kept == nil {
            try FileManager.default.removeItem(at: folder)
        }
    }

    @Test("are all there, and a second writing gives the same bytes and drops stale figures")
    func writesEverything() throws {
        try withFolder { folder in
            let stale = folder.appendingPathComponent("figures/stale.svg")
            try FileManager.default.createDirectory(
                at: stale.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("old".utf8).write(to: stale)
            let first = try write(to: folder)
            #expect(first.keys.sorted() == (Self.figures + ["findings.json", "findings.csv", "report.html"]).sorted())
            #expect(try write(to: folder) == first)
            let json = try #require(first["findings.json"])
            #expect(try FindingsJSON.decode(json) == Fixture.findings)
        }
    }

    @Test("are not begun when gnuplot is missing")
    func missingGnuplot() throws {
        try withFolder { folder in
            let target = folder.appendingPathComponent("report")
            #expect(throws: ReportingError.gnuplotMissing) {
                try Report.write(
                    findings: Fixture.findings, exhibits: Fixture.exhibits, to: target,
                    gnuplot: Gnuplot(program: "no-such-gnuplot"), encodePNG: StoredPNG.encode)
            }
            #expect(!FileManager.default.fileExists(atPath: target.path))
        }
    }

    private static let figures = [
        "vae-training-loss", "vae-roc", "vae-private-roc", "gpt-exposure", "epsilon",
    ].map { "figures/\($0).svg" }

    private func write(to folder: URL) throws -> [String: Data] {
        try Report.write(
            findings: Fixture.findings, exhibits: Fixture.exhibits,
            timings: ["victim vae": 12.3, "shadow pool": 1834], to: folder, encodePNG: StoredPNG.encode)
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where name.contains(".") {
            files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
        }
        return files
    }
}
