import ArgumentParser
import Datasets

extension Datasets {
    /// Looking into data.
    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads data and says what they hold.",
            discussion:
                "A reference is an id of the list, idx:IMAGES[,LABELS], npz:FILE, images:FOLDER, text:PATH or csv:FILE."
        )
        @Argument(help: "The data set.") var reference: String
        @Option(help: "Part of registered images: train, test or all.") var split = "train"
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
                return facts + (try entry.kind == .images ? images(registry) : text(registry))
            case .idx, .npz, .images: return try images(registry)
            case .text: return try text(registry)
            case .csv: return try table(registry)
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
            let data = try registry.table(reference)
            let set = data.content
            return origin(data) + [
                ["records", "\(set.rows.count)"], ["record", "a row"],
                ["columns", set.header.joined(separator: ", ")],
                ["numeric columns", set.numericColumns.joined(separator: ", ")],
            ]
        }

        private func origin(_ data: LoadedDataset<some Sendable>) -> [[String]] {
            [["id", data.id], ["checksum", data.checksum], ["licence", data.licence]]
        }
    }
}
