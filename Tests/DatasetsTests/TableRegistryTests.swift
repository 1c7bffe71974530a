import Foundation
import Testing

@testable import Datasets

/// Tables, and images in tables, that the registry knows; the files are the test's own.
@Suite struct TableRegistryTests {
    private let scratch: Scratch
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

    init() throws { scratch = try Scratch() }

    /// A registry of one data set in the cache, whose checksum is that of the given files.
    private func registry(_ kind: String, _ files: [String: [UInt8]], _ rest: String) throws -> DatasetRegistry {
        for (name, bytes) in files { _ = try scratch.file("cache/it/\(name)", bytes) }
        let folder = scratch.url.appending(path: "cache/it")
        let sums = try files.keys.sorted().map {
            "\"\($0)\":\"\(try Folder.fileChecksum(folder.appending(path: $0)))\""
        }
        let json = """
            {"datasets":[{"id":"it","place":"cache","path":"it","kind":"\(kind)","title":"","licence":"none",
            "source":"","remedy":"fetch it","checksum":"\(try Folder.checksum(of: Array(files.keys), in: folder))",
            "files":{\(sums.joined(separator: ","))},\(rest)}]}
            """
        _ = try scratch.file("datasets/registry.json", json.utf8)
        return try DatasetRegistry(repository: scratch.url, cache: scratch.url.appending(path: "cache"))
    }

    /// Two files in the form of Adult.
    private func census() throws -> DatasetRegistry {
        try registry(
            "table",
            [
                "a.data": Array("20, F, 7, <=50K\n30, M, 8, >50K\n40, ?, 9, >50K\n\n".utf8),
                "a.test": Array("|1x3 Cross validator\n50, M, 1, >50K.\n".utf8),
            ],
            """
            "table":{"splits":{"train":["a.data"],"test":["a.test"],"all":["a.data","a.test"]},
            "header":["age","sex","weight","income"],"comment":"|","label":"income","labelEnding":".",
            "dropped":["weight"]}
            """)
    }

    @Test("Files without a header get one; comments, blanks and the points after labels go") func headless() throws {
        let registry = try census()
        let all = try registry.table("it", split: "all")
        #expect(all.content.header == ["age", "sex", "weight", "income"])
        #expect(
            all.content.rows == [
                ["20", "F", "7", "<=50K"], ["30", "M", "8", ">50K"], ["40", "?", "9", ">50K"],
                ["50", "M", "1", ">50K"],
            ])
        #expect(all.licence == "none" && all.id == "it" && !all.isFallback)
        #expect(try registry.table("it").content.rows == Array(all.content.rows.prefix(3)))
    }

    @Test("Every split has the same features, from the levels and bins of all of them") func splits() throws {
        let registry = try census()
        let sets = try ["train", "test", "all"].map { try registry.tabular("it", split: $0, bins: 2).content }
        #expect(sets.allSatisfy { $0.encoding == sets[0].encoding })
        #expect(sets[0].encoding.groups.map(\.values) == [["20…30", "40…50"], ["F", "M", "?"]])
        #expect(sets.map(\.count) == [3, 1, 4])
        #expect(sets[0].features + sets[1].features == sets[2].features)
        #expect(sets[1].labels == [1])
        #expect(sets[0].describe(2) == "age 40…50, sex ?; income >50K")
        #expect(try registry.tabular("it").checksum == registry.table("it", split: "test").checksum)
    }

    @Test("Label and dropped columns can be chosen otherwise") func choices() throws {
        let set = try census().tabular("it", split: "test", label: "weight", bins: 2, dropping: ["age"]).content
        #expect(set.encoding.groups.map(\.name) == ["sex", "income"])
        #expect(set.classNames == ["1", "7", "8", "9"] && set.labels == [0])
    }

    @Test("A missing split, a changed file and a row of another length are errors") func errors() throws {
        let registry = try census()
        try expectError("split of it", "all, test, train", "'dev'") { try registry.table("it", split: "dev") }
        try expectError("kind 'images'") { try registry.images("it") }
        _ = try scratch.file("cache/it/a.test", "50, M, >50K.\n".utf8)
        try expectError("a.test", "checksum", "fetch it again") { try registry.table("it") }
        let ragged = try self.registry(
            "table", ["a.data": Array("1,2\n\n3\n".utf8)],
            #""table":{"splits":{"train":["a.data"]},"header":["a","b"]}"#)
        try expectError("a.data", "2 cells in row 2", "found 1") { try ragged.table("it") }
        let empty = try self.registry(
            "table", ["a.data": Array("| nothing\n \n".utf8)],
            #""table":{"splits":{"train":["a.data"]},"header":["a","b"],"comment":"|"}"#)
        try expectError("a.data", "rows", "none") { try empty.table("it") }
        let bare = try self.registry("table", ["a.data": [49]], #""title":"""#)
        try expectError("registry.json", "'table'") { try bare.table("it") }
    }

    @Test("A registered ARFF file brings its own names and levels") func arff() throws {
        let text = "@relation r\n@attribute tea {t}\n@attribute total {low, high}\n@data\nt,high\n?,low\n"
        let set = try registry(
            "table", ["s.arff": Array(text.utf8)],
            #""table":{"splits":{"train":["s.arff"],"all":["s.arff"]},"label":"total"}"#
        ).tabular("it").content
        #expect(set.features == [1, 0] && set.labels == [1, 0] && set.classNames == ["low", "high"])
    }

    @Test("Images in a table are dealt out class by class, so that the first ones are of all classes") func images()
        throws
    {
        let rows = "1,0\n2,0\n3,1\n4,1\n5,2\n"
        let registry = try registry(
            "images", ["i.csv.gz": Deflate.deflate(Array(rows.utf8), wrapping: .gzip)],
            #""splits":{"train":[{"images":"i.csv.gz"}]},"classNames":["a","b","c"]"#)
        let set = try registry.images("it").content
        #expect(set.pixels == [1, 3, 5, 2, 4] && set.labels == [0, 1, 2, 0, 1])
        #expect(try registry.images("it", first: 3).content.pixels == [1, 3, 5])
    }

    @Test("A user's own tables are features too, gzipped or not; without a label there are none") func ownFiles() throws
    {
        let registry = try census()
        let file = try scratch.file("t.csv.gz", Deflate.deflate(Array("a,b\n1,x\n2,y\n".utf8), wrapping: .gzip))
        let set = try registry.tabular("csv:\(file.path)")
        #expect(set.content.features == [1, 0, 1, 0, 0, 1, 0, 1] && set.content.labels == nil)
        #expect(set.licence == "unknown")
        #expect(try registry.tabular("csv:\(file.path)", label: "b", dropping: []).content.labels == [0, 1])
        let arff = try scratch.file("t.arff", "@attribute a {n,y}\n@data\ny\n".utf8)
        #expect(try registry.tabular("arff:\(arff.path)").content.features == [0, 1])
        #expect(try registry.table("arff:\(arff.path)").content.rows == [["y"]])
        try expectError("kind 'table'") { try registry.tabular("text:/a") }
    }

    @Test("What was not fetched is an error with the remedy", arguments: ["adult", "supermarket", "mnist-5k"])
    func missing(_ id: String) throws {
        let registry = try DatasetRegistry(repository: root, cache: scratch.url.appending(path: "none"))
        try expectError("\(id) is not at", "bash datasets/fetch.sh \(id)") {
            if id == "mnist-5k" { _ = try registry.images(id) } else { _ = try registry.tabular(id) }
        }
    }
}
