import ArgumentParser
import Datasets

extension Datasets {
    /// Looking into data.
    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads data and says what they hold.",
            discussion: """
                A reference is an id of the list, idx:IMAGES[,LABELS], npz:FILE, images:FOLDER, text:PATH, csv:FILE or \
                arff:FILE. A table's columns become groups of features that are 0 or 1: one for each level, or for \
                each bin of numbers.
                """)
        @Argument(help: "The data set.") var reference: String
        @Option(help: "Part of registered images or tables: train, test or all.") var split = "train"
        @Option(help: "The column of a table that holds the classes; a registered table names its own.")
        var label: String?
        @Option(help: "At most so many bins for a table's columns of numbers.") var bins = 8
        @Option(help: "A column of a table that is no feature, in place of those registered; may be repeated.")
        var drop: [String] = []
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let facts = try facts(try DatasetRegistry.standard())
            if json {
                try Output.json(Dictionary(facts.map { ($0[0], $0[1]) }) { $1 })
            } else {
                try Output.table(facts)
            }
        }

        private func facts(_ registry: DatasetRegistry) throws -> [[String]] {
            switch try DatasetReference(reference) {
            case .registered(let id):
                let entry = try registry.entry(id)
                let facts = [["title", entry.title], ["source", entry.source]]
                switch entry.kind {
                case .images: return try facts + images(registry)
                case .text: return try facts + text(registry)
                case .table: return try facts + table(registry)
                }
            case .idx, .npz, .images: return try images(registry)
            case .text: return try text(registry)
            case .csv, .arff: return try table(registry)
            }
        }

        private func images(_ registry: DatasetRegistry) throws -> [[String]] {
            let data = try registry.images(reference, split: split)
            let set = data.content
            let classes = Set(set.labels ?? []).count
            return origin(data) + [
                ["records", "\(set.count)"], ["record", "an image of \(set.width) × \(set.height) grey pixels"],
                ["classes", set.labels == nil ? "no labels" : "\(classes)"],
            ]
        }

        private func text(_ registry: DatasetRegistry) throws -> [[String]] {
            let data = try registry.text(reference)
            let documents = data.content.documents
            return origin(data) + [
                ["records", "\(documents.count)"], ["record", "a document"],
                ["characters", "\(documents.reduce(0) { $0 + $1.text.unicodeScalars.count })"],
            ]
        }

        private func table(_ registry: DatasetRegistry) throws -> [[String]] {
            let data = try registry.tabular(
                reference, split: split, label: label, bins: bins, dropping: drop.isEmpty ? nil : drop)
            let (set, encoding) = (data.content, data.content.encoding)
            let columns = encoding.groups.map { group in
                group.isFlag
                    ? group.name
                    : "\(group.name) (\(group.values.count)\(group.bins == nil ? "" : ", of numbers"))"
            }
            return origin(data) + [
                ["records", "\(set.count)"], ["record", "a row as \(set.width) features that are 0 or 1"],
                ["columns", columns.joined(separator: ", ")],
                ["classes", encoding.label.map { "\($0): \(set.classNames.joined(separator: ", "))" } ?? "no labels"],
            ]
        }

        private func origin(_ data: LoadedDataset<some Sendable>) -> [[String]] {
            [["id", data.id], ["checksum", data.checksum], ["licence", data.licence]]
        }
    }
}
