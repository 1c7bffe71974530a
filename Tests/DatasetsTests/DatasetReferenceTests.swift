import Testing

@testable import Datasets

@Suite struct DatasetReferenceTests {
    @Test("Ids and paths are told apart") func forms() throws {
        #expect(try DatasetReference("sotu") == .registered("sotu"))
        #expect(try DatasetReference("idx:/a") == .idx(images: "/a", labels: nil))
        #expect(try DatasetReference("idx:/a,b") == .idx(images: "/a", labels: "b"))
        #expect(try DatasetReference("npz:/a:b") == .npz("/a:b"))
        #expect(try DatasetReference("images:.") == .images("."))
        #expect(try DatasetReference("text:t") == .text("t"))
        #expect(try DatasetReference("csv:t") == .csv("t"))
        #expect(try DatasetReference("arff:t,u") == .arff("t,u"))
    }

    @Test(
        "Other kinds and empty paths are errors",
        arguments: ["zip:/a", "npz:", "arff:", "idx:", "idx:a,b,c", "idx:a,", ":"])
    func invalid(_ text: String) throws {
        try expectError("'\(text)'", "idx:IMAGES[,LABELS]") { try DatasetReference(text) }
    }
}
