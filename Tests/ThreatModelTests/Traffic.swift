import Datasets
import Foundation
import Models
import Tensors
import ThreatModel

/// Queries of accounts: what Fashion-MNIST's own users ask, and what thieves ask.
enum Traffic {
    /// 5,000 images of 28×28 pixels in [0, 1], in an order that is drawn, with their classes.
    static let fashion = Result {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let registry = try DatasetRegistry(repository: root, cache: FileManager.default.temporaryDirectory)
        let images = try registry.images("fashion-mnist-small").content
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

    /// Images as a line search for a boundary makes them: twelve between each natural image and another, halving the
    /// distance to a place that is drawn; the labels are those that halving has.
    static func lineSearch(_ count: Int, seed: UInt64) throws -> Records {
        let ends = try benign(2 * (count / 12 + 1), seed: seed)
        guard let features = ends.features, let labels = ends.labels else { return ends }
        var (rows, answers): ([[Float]], [Int32]) = ([], [])
        for pair in 0...count / 12 {
            let boundary = Float(RandomStream(seed: seed)["boundary"].uniform(pair))
            var (low, high) = (Float(0), Float(1))
            for _ in 0..<12 {
                let middle = (low + high) / 2
                rows.append(zip(features.row(2 * pair), features.row(2 * pair + 1)).map { $0 + middle * ($1 - $0) })
                answers.append(labels[2 * pair + (middle < boundary ? 0 : 1)])
                if middle < boundary { low = middle } else { high = middle }
            }
        }
        return Records(features: Tensor(rows.flatMap(\.self), shape: [rows.count, features.columns]), labels: answers)
            .slice(0..<count)
    }

    /// Images of uniform noise, all of one class.
    static func noise(_ count: Int, seed: UInt64) -> Records {
        Records(
            features: RandomStream(seed: seed)["noise"].uniformTensor([count, 784]),
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
