public import Auditing
public import Foundation

/// Everything that a run leaves for people and programs to read.
public enum Report {
    /// Writes `findings.json`, `findings.csv`, `figures/*.svg` and `report.html` into `directory`.
    ///
    /// All of it is made before the first byte is written, each file is put in place whole, the page last. Figures of an
    /// earlier report that this one lacks are removed.
    public static func write(
        findings: Findings, exhibits: [Exhibit], timings: [String: Double]? = nil, to directory: URL,
        gnuplot: Gnuplot = Gnuplot(), encodePNG: PNGEncoder
    ) throws {
        let drawn = try Figure.drawn(exhibits, with: gnuplot)
        let report = HTMLReport(findings: findings, exhibits: exhibits, timings: timings)
        let page = try report.render(figures: drawn, encodePNG: encodePNG)
        let (json, table) = (try FindingsJSON.encode(findings), try FindingsCSV.encode(findings))
        let folder = directory.appendingPathComponent("figures", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try json.write(to: directory.appendingPathComponent("findings.json"), options: .atomic)
        try Data(table.utf8).write(to: directory.appendingPathComponent("findings.csv"), options: .atomic)
        try replaceFigures(in: folder, by: drawings(drawn, findings))
        try Data(page.utf8).write(to: directory.appendingPathComponent("report.html"), options: .atomic)
    }

    /// The documents by their names; no exhibit's is called as the figure of both bounds, since it has a title too.
    private static func drawings(_ figures: [Figure], _ findings: Findings) -> [(name: String, svg: String)] {
        figures.map { ($0.name, $0.svg) } + (EpsilonFigure(findings).map { [(EpsilonFigure.name, $0.svg)] } ?? [])
    }

    private static func replaceFigures(in folder: URL, by figures: [(name: String, svg: String)]) throws {
        let names = Set(figures.map { "\($0.name).svg" })
        for figure in figures {
            let file = folder.appendingPathComponent("\(figure.name).svg")
            try Data(figure.svg.utf8).write(to: file, options: .atomic)
        }
        let present = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for name in present where name.hasSuffix(".svg") && !names.contains(name) {
            try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }
}
