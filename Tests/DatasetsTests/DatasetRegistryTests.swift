import Foundation
import Testing

@testable import Datasets

@Suite struct DatasetRegistryTests {
    private let scratch: Scratch
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

    init() throws { scratch = try Scratch() }

    private func registry() throws -> DatasetRegistry {
        try DatasetRegistry(repository: root, cache: scratch.url.appending(path: "cache"))
    }

    /// A registry with a text set in the cache and its stand-in in the repository, both with a wrong checksum.
    private func smallRegistry() throws -> DatasetRegistry {
        _ = try scratch.file("datasets/little/a.txt", "abc".utf8)
        let rest = #""kind":"text","title":"","licence":"none","source":"","remedy":"fetch it","#
        let sum = "0bb01f2b" + String(repeating: "0", count: 56)
        let json = """
            {"datasets":[
            {"id":"large","place":"cache","path":"large","checksum":"\(sum)","fallback":"little",\(rest)"splits":null},
            {"id":"little","place":"repository","path":"datasets/little","checksum":"\(sum)",\(rest)"splits":null}]}
            """
        _ = try scratch.file("datasets/registry.json", json.utf8)
        return try DatasetRegistry(repository: scratch.url, cache: scratch.url.appending(path: "cache"))
    }

    @Test("The committed images are whole: 500 of each class, as the registry's checksums say") func smallImages()
        throws
    {
        let loaded = try registry().images("fashion-mnist-small")
        let set = loaded.content
        #expect((set.count, set.width, set.height) == (5000, 28, 28))
        let labels = try #require(set.labels)
        for label in 0..<10 { #expect(labels.count { $0 == label } == 500) }
        #expect(Set(labels.prefix(100)).count == 10)
        #expect(loaded.checksum.count == 64)
        #expect(loaded.licence.contains("MIT"))
        #expect(!loaded.isFallback)
    }

    @Test("The committed text is whole, and small as a vocabulary") func excerpt() throws {
        let loaded = try registry().text("sotu-excerpt")
        #expect(loaded.content.documents.count == 29)
        #expect(loaded.content.documents[0].name == "1790-Washington-1.txt")
        #expect(try CharacterTokeniser(corpus: loaded.content.normalised()).count <= 96)
    }

    @Test("A missing data set is an error with the remedy, or gives its stand-in and says so") func fallback() throws {
        try expectError("sotu is not at", "cache/sotu", "datasets/fetch.sh") { try registry().text("sotu") }
        let loaded = try registry().text("sotu", allowFallback: true)
        #expect(loaded.isFallback)
        #expect(loaded.id == "sotu-excerpt")
    }

    @Test("What is there but damaged is an error, never replaced by the stand-in") func damaged() throws {
        _ = try scratch.file("cache/sotu/a.txt", "abc".utf8)
        try expectError("cache/sotu", "expected the checksum 3ed98d8e", "fetch it again") {
            try registry().text("sotu", allowFallback: true)
        }
        let small = try smallRegistry()
        try expectError("datasets/little", "expected the checksum 0bb01f2b") { try small.text("little") }
    }

    @Test("The checksum is what sha256sum prints twice over") func checksum() throws {
        _ = try scratch.file("b.txt", "abc".utf8)
        _ = try scratch.file("a.txt", "".utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.currentDirectoryURL = scratch.url
        process.arguments = ["-c", "LC_ALL=C; export LC_ALL; sha256sum *.txt | sha256sum | cut -c1-64"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let printed = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(try Folder.checksum(of: ["b.txt", "a.txt"], in: scratch.url) + "\n" == printed)
    }

    @Test("The checksum of a text set covers names and bytes") func sensitivity() throws {
        func sum() throws -> String { try registry().text("text:\(scratch.url.path)/t").checksum }
        _ = try scratch.file("t/a.txt", "abc".utf8)
        let first = try sum()
        _ = try scratch.file("t/a.txt", "abd".utf8)
        let second = try sum()
        try FileManager.default.moveItem(
            at: scratch.url.appending(path: "t/a.txt"), to: scratch.url.appending(path: "t/b.txt"))
        #expect(try Set([first, second, sum()]).count == 3)
    }

    @Test("Unknown ids, splits and kinds are errors that name what there is") func unknown() throws {
        try expectError("'mnist'", "fashion-mnist, fashion-mnist-small, sotu, sotu-excerpt") {
            try registry().images("mnist")
        }
        try expectError("all, train", "'test'") { try registry().images("fashion-mnist-small", split: "test") }
        try expectError("'sotu-excerpt'", "kind 'images'") { try registry().images("sotu-excerpt") }
        try expectError("kind 'text'") { try registry().text("csv:/a") }
        try expectError("kind 'table'") { try registry().table("text:/a") }
        try expectError("kind 'table'") { try registry().table("sotu-excerpt") }
    }

    @Test("A user's own files are loaded by kind and path") func ownFiles() throws {
        let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 8, 9]
        let registry = try registry()
        let path = try scratch.file("i", images).path
        let labels = try scratch.file("l", [0, 0, 8, 1, 0, 0, 0, 1, 3]).path
        let loaded = try registry.images("idx:\(path),\(labels)")
        #expect(loaded.content.labels == [3])
        #expect(loaded.licence == "unknown")
        #expect(try registry.images("idx:\(path)").checksum != loaded.checksum)
        let archive = try scratch.file("a.npz", Foreign.npzStored)
        #expect(try registry.images("npz:\(archive.path)").content.count == 2)
        _ = try scratch.file("f/a.png", Foreign.gray)
        #expect(try registry.images("images:\(scratch.url.path)/f").content.count == 1)
        let table = try scratch.file("t.csv", "a\n1\n".utf8)
        #expect(try registry.table("csv:\(table.path)").content.rows == [["1"]])
    }

    @Test("The registry is found by PENUMBRA_ROOT, or above a folder; the cache by PENUMBRA_DATA") func standard()
        throws
    {
        let deep = root.appending(path: "Sources/Datasets")
        #expect(try DatasetRegistry.standard(environment: [:], starts: [deep]).repository.path == root.path)
        let named = try DatasetRegistry.standard(
            environment: ["PENUMBRA_ROOT": root.path, "PENUMBRA_DATA": "/data"], starts: [])
        #expect(named.cache.path == "/data")
        #expect(named.entries.count == 8)
        try expectError("PENUMBRA_ROOT") {
            try DatasetRegistry.standard(environment: [:], starts: [URL(filePath: "/nowhere/at/all")])
        }
        try expectError("/nowhere", "cannot read") {
            try DatasetRegistry.standard(environment: ["PENUMBRA_ROOT": "/nowhere"])
        }
        _ = try scratch.file("datasets/registry.json", "{}".utf8)
        try expectError("registry.json") { try DatasetRegistry(repository: scratch.url, cache: scratch.url) }
    }

    @Test("A registered folder of images has its sub-folders as classes, and is verified") func imageFolder() throws {
        for person in ["s1", "s2"] {
            _ = try scratch.file("cache/faces/\(person)/1.pgm", Array("P5\n2 1\n255\n".utf8) + [1, 9])
        }
        let sum = try Folder.checksum(of: ["s1/1.pgm", "s2/1.pgm"], in: scratch.url.appending(path: "cache/faces"))
        let json = """
            {"datasets":[{"id":"faces","place":"cache","path":"faces","checksum":"\(sum)","kind":"images","title":"",
            "licence":"none","source":"","remedy":"fetch it"}]}
            """
        _ = try scratch.file("datasets/registry.json", json.utf8)
        let registry = try DatasetRegistry(repository: scratch.url, cache: scratch.url.appending(path: "cache"))
        let loaded = try registry.images("faces")
        #expect(loaded.content.labels == [0, 1])
        #expect(loaded.content.classNames == ["s1", "s2"])
        #expect(loaded.checksum == sum)
        _ = try scratch.file("cache/faces/s2/1.pgm", Array("P5\n2 1\n255\n".utf8) + [1, 8])
        try expectError("faces", "expected the checksum \(sum.prefix(8))") { try registry.images("faces") }
    }

    @Test(
        "The ORL faces load, where they were fetched",
        .enabled(if: FileManager.default.fileExists(atPath: URL.homeDirectory.path + "/.cache/penumbra/orl-faces")))
    func faces() throws {
        let cache = URL.homeDirectory.appending(path: ".cache/penumbra")
        let set = try DatasetRegistry(repository: root, cache: cache).images("orl-faces").content
        #expect((set.count, set.width, set.height) == (398, 92, 112))
        let labels = try #require(set.labels)
        // One image each of s8 and s9, whose names sort last, is damaged in the package.
        for person in 0..<40 { #expect(labels.count { $0 == person } == (person < 38 ? 10 : 9)) }
    }

    @Test(
        "The handwritten digits load, where they were fetched",
        .enabled(if: FileManager.default.fileExists(atPath: URL.homeDirectory.path + "/.cache/penumbra/mnist-5k")))
    func digits() throws {
        let cache = URL.homeDirectory.appending(path: ".cache/penumbra")
        let set = try DatasetRegistry(repository: root, cache: cache).images("mnist-5k").content
        #expect((set.count, set.width, set.height) == (5000, 28, 28))
        #expect(set.labels == (0..<5000).map { Int32($0 % 10) })
    }

    @Test(
        "Adult loads, where it was fetched, with the counts that its description gives",
        .enabled(if: FileManager.default.fileExists(atPath: URL.homeDirectory.path + "/.cache/penumbra/adult")))
    func adult() throws {
        let cache = URL.homeDirectory.appending(path: ".cache/penumbra")
        let set = try DatasetRegistry(repository: root, cache: cache).tabular("adult", split: "all").content
        #expect(set.count == 32_561 + 16_281)
        #expect(set.classNames == ["<=50K", ">50K"])
        let labels = try #require(set.labels)
        #expect(labels.prefix(32_561).count { $0 == 1 } == 7841 && labels.dropFirst(32_561).count { $0 == 1 } == 3846)
        let missing = set.encoding.groups.filter { $0.values.last == "?" }
        #expect(missing.map(\.name) == ["workclass", "occupation", "native-country"])
    }

    @Test(
        "The baskets load, where they were fetched",
        .enabled(if: FileManager.default.fileExists(atPath: URL.homeDirectory.path + "/.cache/penumbra/supermarket")))
    func baskets() throws {
        let cache = URL.homeDirectory.appending(path: ".cache/penumbra")
        let set = try DatasetRegistry(repository: root, cache: cache).tabular("supermarket").content
        #expect((set.count, set.width) == (4627, 216))
        #expect(set.features.count { $0 == 1 } == 85_762)
        #expect(set.labels?.count { $0 == 1 } == 1679 && set.classNames == ["low", "high"])
    }

    @Test(
        "The full Fashion-MNIST loads, where it is installed",
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist")))
    func fullImages() throws {
        let loaded = try registry().images("fashion-mnist", split: "all")
        #expect(loaded.content.count == 70_000)
        #expect(try registry().images("fashion-mnist", split: "test").checksum != loaded.checksum)
    }
}
