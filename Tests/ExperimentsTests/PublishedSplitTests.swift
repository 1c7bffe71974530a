import Foundation
import Models
import Store
import Tensors
import Testing

@testable import Datasets
@testable import Experiments

@Suite("Published splits")
struct PublishedSplitTests {
    private let scratch: Scratch
    private let registry: DatasetRegistry

    init() throws {
        scratch = try Scratch()
        try Self.fill(scratch)
        registry = try DatasetRegistry(repository: scratch.url, cache: scratch.url)
    }

    private static let names = ["train-images", "train-labels", "test-images", "test-labels"]

    /// Registers a set of 30 images to train on, all dark, and 10 to test on, all bright.
    private static func fill(_ scratch: Scratch) throws {
        let folder = scratch.file("datasets/parts")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func file(_ name: String, _ magic: UInt8, _ sizes: [UInt8], _ content: [UInt8]) throws {
            let header: [UInt8] = [0, 0, 8, magic] + sizes.flatMap { size -> [UInt8] in [0, 0, 0, size] }
            try Data(header + content).write(to: folder.appending(path: name))
        }
        for (name, count, first) in [("train", UInt8(30), 0), ("test", 10, 200)] {
            let pixels = (0..<4 * Int(count)).map { UInt8(first + $0 / 4) }
            try file("\(name)-images", 3, [count, 2, 2], pixels)
            try file("\(name)-labels", 1, [count], (0..<count).map { $0 % 2 })
        }
        let sums = try names.map { name in
            "\"\(name)\": \"\(Checksum.of(try Data(contentsOf: folder.appending(path: name))))\""
        }
        let json = """
            {"datasets": [{"id": "parts", "kind": "images", "title": "t", "licence": "l", "source": "s", "remedy": "r",
            "place": "repository", "path": "datasets/parts", "files": {\(sums.joined(separator: ", "))},
            "checksum": "\(try Folder.checksum(of: names, in: folder))",
            "splits": {"train": [{"images": "train-images", "labels": "train-labels"}],
                       "test": [{"images": "test-images", "labels": "test-labels"}]}}]}
            """
        try Data(json.utf8).write(to: scratch.file("datasets/registry.json"))
    }

    private func plan(_ parts: String, _ split: String, seed: Int = 1, candidates: Int = 40) throws -> Plan {
        let yaml = """
            name: parts
            seed: \(seed)
            images: {dataset: parts, candidates: \(candidates), population: 0\(parts)}
            victims:
              - id: first
                model: {family: classifier, hidden: [2]}
                training: {epochs: 1, batch: 8, rate: 0.01}
                \(split)
              - id: second
                like: first
                repetition: 1
            """
        return try Plan(try Spec(yaml: yaml, name: "parts.yaml"), registry: registry)
    }

    @Test("Members are what was published to train on, of every repetition; trainings differ", arguments: [1, 2])
    func members(_ seed: Int) throws {
        let plan = try plan(", parts: all", "split: published", seed: seed)
        for victim in plan.victims where !victim.spec.isControl {
            #expect(victim.membership.count { $0 } == 30 && victim.training.count == 30)
            for (index, isMember) in victim.membership.enumerated() {
                let pixel = (victim.split.candidates.requiredFeatures[index * 4] * 255).rounded()
                #expect(isMember == (pixel < 100))
            }
        }
        let (first, second) = (plan.victims[0], plan.victims[1])
        #expect(first.random["training"].coinFlips(64) != second.random["training"].coinFlips(64))
        #expect(plan.keys["victim/first"] != plan.keys["victim/second"])
    }

    @Test("With fewer candidates both parts are sampled") func sampled() throws {
        let victim = try plan(", parts: all", "split: published", candidates: 20).victims[0]
        #expect((1..<20).contains(victim.training.count))
        for (index, isMember) in victim.membership.enumerated() {
            #expect(isMember == (victim.split.candidates.requiredFeatures[index * 4] < 0.5))
        }
    }

    @Test("The training part alone has the key that it always had, and both parts have another") func keys() throws {
        let old = try plan("", "memberRate: 0.5", candidates: 30)
        let named = try plan(", parts: train", "memberRate: 0.5", candidates: 30)
        let both = try plan(", parts: all", "memberRate: 0.5", candidates: 30)
        #expect(old.keys == named.keys)
        #expect(old.keys["victim/first"] != both.keys["victim/first"])
        #expect(!String(decoding: try JSONEncoder().encode(old.spec), as: UTF8.self).contains("parts\":\"all"))
    }
}
