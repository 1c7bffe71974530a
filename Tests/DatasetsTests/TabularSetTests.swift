import Testing

@testable import Datasets

@Suite struct TabularSetTests {
    private func set() throws -> TabularSet {
        let table = try Table(
            header: ["x", "y", "class"], rows: [["a", "0", "u"], ["b", "0", "v"], ["b", "7", "u"]])
        return try TableEncoding(table, label: "class").encode(table)
    }

    @Test("A record is its own features") func records() throws {
        let set = try set()
        #expect((set.count, set.width) == (3, 4))
        #expect(Array(set[2]) == [0, 1, 0, 1])
    }

    @Test("A subset follows its indices, labels too") func subset() throws {
        let subset = try set().subset([2, 0, 2])
        #expect(subset.features == [0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1])
        #expect(subset.labels == [0, 0, 0])
        #expect(subset.describe(1) == "x a, y 0; class u")
        #expect(try set().subset([]).count == 0)
    }

    @Test("Parts that do not fit together are errors") func misfits() throws {
        let encoding = try set().encoding
        try expectError("records of 4 features", "found 3") { try TabularSet(encoding: encoding, features: [0, 1, 0]) }
        try expectError("each 0 or 1", "2 as the greatest") {
            try TabularSet(encoding: encoding, features: [0, 1, 2, 0])
        }
        for labels: [Int32] in [[], [2], [-1], [0, 0]] {
            try expectError("1 classes in 0..<2") {
                try TabularSet(encoding: encoding, features: [0, 1, 1, 0], labels: labels)
            }
        }
        #expect(try TabularSet(encoding: encoding, features: [0, 1, 1, 0]).describe(0) == "x b, y 0")
    }
}
