import Foundation

/// The `roc` block of the shared attack goldens with the scores that it grades; see Golden/generate.py.
struct ROCGolden: Decodable {
    var isMember: [Bool]
    var scores: [String: [Double]]
    var grades: [String: [String: Double]]
    var tiedFalsePositiveRates: [Double]
    var tiedTruePositiveRates: [Double]

    static func load() throws -> ROCGolden {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/roc.json")
        return try JSONDecoder().decode(ROCGolden.self, from: Data(contentsOf: file))
    }
}
