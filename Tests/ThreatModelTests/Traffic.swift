import Datasets
import Foundation
import Models
import Tensors
import ThreatModel

/// Queries of accounts: what Fashion-MNIST's own users ask, and what thieves ask.
enum Traffic {
    /// 5,000 images of 7×7 pixels in [0, 1], in an order that is drawn, with their classes.
    static let fashion = Result {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let registry = try DatasetRegistry(repository: root, cache: FileManager.default.temporaryDirectory)
        let images = try registry.images("fashion-mnist-small").content.shrunk(by: 4)
        let order = RandomStream(seed: 11).permutation(images.count)
        return Records(
            features: Tensor(pixels: images.pixels, shape: [images.count, images.size]), labels: images.labels
        )
        .gather(order)
    }

    /// Images of a benign account: `count` of them, drawn without repetition from those behind `first`.
    static func benign(_ count: Int, from first: Int = 0, seed: UInt64) throws -> Records {
        let all = try fashion.get()
        let order = RandomStream(seed: seed)["benign"].permutation(all.count - first)
        return all.gather(order.prefix(count).map { first + $0 })
    }

    /// Images as Jacobian augmentation makes them: 40 natural seeds, then again and again each of them a step of
    /// `step` in the sign of a direction away; the labels are those of the seeds.
    static func augmented(_ count: Int, step: Float = 0.1, seed: UInt64) throws -> Records {
        let seeds = try benign(40, seed: seed)
        guard let features = seeds.features, let labels = seeds.labels else { return seeds }
        var rows = (0..<40).map { features.row($0) }
        let random = RandomStream(seed: seed)["directions"]
        while rows.count < count {
            let parent = rows[rows.count - 40]
            let signs = random[rows.count].coinFlips(parent.count)
            rows.append(zip(parent, signs).map { min(1, max(0, $0 + ($1 ? step : -step))) })
        }
        return Records(
            features: Tensor(rows.flatMap(\.self), shape: [rows.count, features.columns]),
            labels: rows.indices.map { labels[$0 % 40] })
    }

    /// Images of uniform noise, all of one class.
    static func noise(_ count: Int, seed: UInt64) -> Records {
        Records(
            features: RandomStream(seed: seed)["noise"].uniformTensor([count, 49]),
            labels: [Int32](repeating: 0, count: count))
    }

    /// A service that answers each record's own label.
    struct Labelled: ModelService {
        var labels: [Int32]
        func card() throws(ThreatModelError) -> ServiceCard {
            ServiceCard(id: "labelled", family: "classifier", operations: [.classify])
        }
        func answer(_ query: Query) throws(ThreatModelError) -> Answer {
            .classes(ClassAnswers(labels: Array(labels.prefix(query.cost.queries))))
        }
    }

    /// What monitors make of an account's records.
    static func watched(_ records: Records, _ watch: AccountWatch) throws -> WatchReport {
        let service = MonitoredService(Labelled(labels: records.labels ?? []), watch)
        if let features = records.features { _ = try service.answer(.classify(features)) }
        return watch.report
    }
}
