import Foundation

@testable import Accounting

/// Golden/lower_bounds.json; generate.py beside it says where each part comes from.
struct LowerBoundGolden: Decodable {
    struct OneRun: Decodable {
        var m: Int
        var r: Int
        var v: Int
        var delta: Double
        var p: Double
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var eps_lb: Double
    }

    struct TwoSided: Decodable {
        var tp: Int
        var fp: Int
        var npos: Int
        var nneg: Int
        var delta: Double
        var confidence: Double
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var cp_eps_lb: Double
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var gdp_mu_lb: Double
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var gdp_eps_lb: Double?

        var counts: BinaryCounts {
            BinaryCounts(truePositives: tp, positives: npos, falsePositives: fp, negatives: nneg)
        }
    }

    struct Bayesian: Decodable {
        var tp: Int
        var fp: Int
        var npos: Int
        var nneg: Int
        var delta: Double
        var confidence: Double
        var lower: Double
        var upper: Double

        var counts: BinaryCounts {
            BinaryCounts(truePositives: tp, positives: npos, falsePositives: fp, negatives: nneg)
        }
    }

    struct GaussianOneRun: Decodable {
        var m: Int
        var r: Int
        var v: Int
        var confidence: Double
        var mu: Double
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    var one_run: [OneRun]
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var two_sided_audits: [TwoSided]
    var bayesian: [Bayesian]
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var gaussian_one_run: [GaussianOneRun]

    static func read() throws -> LowerBoundGolden {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/lower_bounds.json")
        return try JSONDecoder().decode(LowerBoundGolden.self, from: Data(contentsOf: file))
    }
}
