import Foundation

/// The shared accounting goldens, a verbatim copy of /golden/accounting.json.
struct AccountingGolden: Decodable {
    struct Meta: Decodable {
        var rdpOrders: [Double]

        enum CodingKeys: String, CodingKey {
            case rdpOrders = "rdp_orders"
        }
    }

    struct Bound: Decodable {
        var eps: Double
        var order: Double
    }

    /// A reference's answer; null where it failed or timed out.
    struct Reference<Value: Decodable>: Decodable {
        var eps: Value?
    }

    struct Row: Decodable, CustomStringConvertible {
        var sigma: Double
        var q: Double
        var steps: Int
        var delta: Double
        var rdp: Bound
        var rdpClassic: Bound
        var exact: Double?
        var pld: Reference<Double>?
        var prv: Reference<[Double]>?

        enum CodingKeys: String, CodingKey {
            case sigma
            case q
            case steps
            case delta
            case rdp
            case pld
            case prv
            case rdpClassic = "rdp_classic"
            case exact
        }

        var description: String { "sigma \(sigma), q \(q), \(steps) steps, delta \(delta)" }
    }

    struct Calibration: Decodable {
        struct Sigma: Decodable {
            var sigma: Double
        }

        var q: Double
        var steps: Int
        var delta: Double
        var targetEpsilon: Double
        var rdp: Sigma
        var exact: Sigma?
        var pld: Sigma?

        enum CodingKeys: String, CodingKey {
            case q
            case steps
            case delta
            case targetEpsilon = "target_eps"
            case rdp
            case exact
            case pld
        }
    }

    var meta: Meta
    var rows: [Row]
    var calibration: [Calibration]

    static func load() throws -> AccountingGolden {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/accounting.json")
        return try JSONDecoder().decode(AccountingGolden.self, from: Data(contentsOf: file))
    }
}

/// Whether two numbers agree to a relative tolerance.
func isClose(_ a: Double, _ b: Double, within tolerance: Double) -> Bool {
    a == b || abs(a - b) <= tolerance * max(abs(a), abs(b))
}
