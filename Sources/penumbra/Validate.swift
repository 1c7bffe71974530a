import ArgumentParser
import Experiments
import Foundation
import Reporting
import Store

/// Checks specs without touching data.
struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Checks that experiments are well-formed; reads no data.")

    @Argument(help: "The experiments, YAML files.")
    var specs: [String]

    func run() throws {
        for path in specs {
            let spec = try Spec(contentsOf: URL(filePath: path))
            try Output.result("\(path): \(spec.victims.count) victims, \(spec.expect.count) relations")
        }
    }
}

/// Shows the stages of an experiment, and which of them are in the store.
struct PlanStages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows the stages of an experiment, which are cached, and their estimated work.")

    @OptionGroup var options: RunOptions

    func run() throws {
        let plan = try options.plan()
        let store = options.store()
        var rows = [["stage", "key", "state", "10⁹ multiply-adds"]]
        var open = 0.0
        for stage in plan.stages {
            let isCached = try store.lookup(stage: stage.kind.rawValue, key: stage.key) != nil
            if !isCached { open += stage.cost }
            rows.append(
                [
                    stage.id, String(stage.key.hex.prefix(12)), isCached ? "cached" : "open",
                    String(format: "%.0f", stage.cost),
                ])
        }
        try Output.table(rows)
        try Output.result(String(format: "open work: about %.0f · 10⁹ multiply-adds", open))
    }
}

/// Renders the report of a finished run again.
struct RenderReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes the report of a finished run again.")

    @Argument(help: "The run's folder, such as runs/quickstart.")
    var folder: String

    @Flag(help: "Print the findings as Markdown tables.")
    var markdown = false

    func run() throws {
        let run = RunFolder(URL(filePath: folder))
        try run.render()
        if markdown { return try Output.result(FindingsTable.markdown(try run.findings())) }
        try Output.result("report: \(run.url.appending(path: "report.html").path)")
    }
}
