import Foundation
import Testing

@Suite("penumbra account")
struct AccountTests {
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        struct Bound: Decodable, Sendable {
            var eps: Double
            var order: Double
        }
        var sigma: Double
        var q: Double
        var steps: Int
        var delta: Double
        var rdp: Bound
        var classic: Bound
        var exact: Double?

        enum CodingKeys: String, CodingKey {
            case sigma
            case q
            case steps
            case delta
            case rdp
            case classic = "rdp_classic"
            case exact
        }

        var arguments: [String] {
            ["--sigma", "\(sigma)", "--rate", "\(q)", "--steps", "\(steps)", "--delta", "\(delta)", "--json"]
        }
        var testDescription: String { arguments.joined(separator: " ") }
    }

    struct Answer: Decodable {
        struct Assumptions: Decodable {
            var neighbouringRelation: String
            var privacyUnit: String
            var sampler: String
            var noise: String
            var sigma: Double
            var rate: Double
            var steps: Int
            var conversion: String?
        }
        var epsilon: Double
        var lower: Double?
        var estimate: Double?
        var upper: Double?
        var delta: Double
        var accountant: String
        var kind: String
        var order: Double?
        var assumptions: Assumptions
    }

    static let rows = Result { try Golden.rows() }

    @Test("epsilon agrees with the goldens, by both conversions", arguments: 0..<5)
    func epsilon(index: Int) throws {
        let row = try Self.rows.get()[index]
        for (conversion, expected) in [("improved", row.rdp), ("classic", row.classic)] {
            let call = ["account", "epsilon", "--accountant", "rdp", "--conversion", conversion] + row.arguments
            let outcome = try Program.run(call)
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            let answer = try outcome.decoded(Answer.self)
            #expect(abs(answer.epsilon / expected.eps - 1) < 1e-3)
            #expect(answer.order == expected.order)
            #expect(answer.upper == answer.epsilon)
            #expect((answer.lower == nil) == (row.exact == nil))
            if let lower = answer.lower, let exact = row.exact { #expect(abs(lower / exact - 1) < 1e-3) }
            #expect(answer.assumptions.steps == row.steps && answer.assumptions.conversion == conversion)
            #expect(answer.assumptions.sampler == "Poisson")
            #expect(answer.assumptions.neighbouringRelation == "add or remove one record")
        }
    }

    @Test("unknown numbers are null, not absent")
    func nulls() throws {
        let outcome = try Program.run(
            ["account", "epsilon", "--accountant", "gdp", "--sigma", "1", "--rate", "0.01", "--steps", "1000"]
                + ["--delta", "1e-5", "--json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        for key in ["lower", "upper", "order"] { #expect(object[key] is NSNull) }
        #expect(object["kind"] as? String == "approximation, not a bound")
    }

    @Test("sigma stays within its target, and steps are the largest that do")
    func inverses() throws {
        struct Sigma: Decodable {
            var sigma: Double
            var achieved: Answer
        }
        struct Steps: Decodable {
            var steps: Int
            var achieved: Answer
        }
        let common = ["--rate", "0.01", "--delta", "1e-5", "--json"]
        let sigma = try Program.run(["account", "sigma", "--epsilon", "1", "--steps", "1000"] + common)
            .decoded(Sigma.self)
        #expect(abs(sigma.sigma - 1.5132221336603988) < 1e-3)
        #expect(sigma.achieved.epsilon <= 1)
        let steps = try Program.run(["account", "steps", "--epsilon", "2", "--sigma", "1"] + common)
            .decoded(Steps.self)
        #expect(steps.achieved.epsilon <= 2)
        let next = try Program.run(
            ["account", "epsilon", "--sigma", "1", "--steps", "\(steps.steps + 1)"] + common
        ).decoded(Answer.self)
        #expect(next.epsilon > 2)
    }

    @Test("compare says what each number is")
    func compare() throws {
        struct Comparison: Decodable {
            struct Row: Decodable {
                var name: String
                var epsilon: Double?
                var meaning: String
            }
            var accountants: [Row]
        }
        let call = ["account", "compare", "--sigma", "1", "--rate", "1", "--steps", "10", "--delta", "1e-5", "--json"]
        let rows = try Program.run(call).decoded(Comparison.self).accountants
        #expect(
            rows.map(\.name) == [
                "rdp improved", "rdp classic", "pld upper", "pld estimate", "pld lower", "gdp", "exact",
            ])
        let numbers = rows.compactMap(\.epsilon)
        try #require(numbers.count == 7)
        #expect(numbers[2] < numbers[0] && numbers[0] < numbers[1])
        #expect(numbers[4] <= numbers[6] && numbers[6] <= numbers[2])
        #expect(abs(numbers[5] - numbers[6]) < 1e-9, "at rate 1 the normal limit is exact")
    }

    @Test("pld gives both bounds and an estimate, below rdp, and more under replace-one")
    func lossDistribution() throws {
        let common = ["--sigma", "1", "--rate", "0.01", "--steps", "1000", "--delta", "1e-5", "--json"]
        func answer(_ options: [String]) throws -> Answer {
            let outcome = try Program.run(["account", "epsilon"] + options + common)
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            return try outcome.decoded(Answer.self)
        }
        let (pld, rdp) = (try answer(["--accountant", "pld"]), try answer([]))
        let (lower, estimate, upper) = (
            try #require(pld.lower), try #require(pld.estimate), try #require(pld.upper)
        )
        #expect(lower <= estimate && estimate <= upper && upper < rdp.epsilon && pld.epsilon == upper)
        #expect(upper - lower < 1.1e-3 * upper && abs(estimate - 1.8282) < 1e-3 && pld.order == nil)
        let replacing = try answer(["--accountant", "pld", "--relation", "replace-one"])
        #expect(replacing.lower ?? 0 > upper)
        #expect(replacing.assumptions.neighbouringRelation == "replace one record")
    }

    @Test("sigma, steps and rate by pld keep their target", arguments: ["sigma", "steps", "rate"])
    func tight(question: String) throws {
        struct Reached: Decodable { var achieved: Answer }
        let numbers = ["sigma": "1", "steps": "1000", "rate": "0.01"].filter { $0.key != question }
        let call = ["account", question, "--accountant", "pld", "--epsilon", "1.83", "--delta", "1e-5", "--json"]
        let reached = try Program.run(call + numbers.flatMap { ["--\($0.key)", $0.value] }).decoded(Reached.self)
            .achieved
        #expect(reached.epsilon <= 1.83 && reached.epsilon > 1.825 && reached.accountant == "pld")
        #expect(abs(reached.assumptions.sigma - 1) < 3e-3 && abs(reached.assumptions.rate - 0.01) < 3e-5)
    }

    @Test("a curve rises, ends at the epsilon of all steps, and is CSV without --json")
    func curve() throws {
        let common = ["--sigma", "1", "--rate", "0.01", "--steps", "1000", "--delta", "1e-5"]
        let points = try Program.run(["account", "curve", "--points", "7", "--json"] + common).decoded([Answer].self)
        #expect(points.count == 7)
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.epsilon < $1.epsilon })
        let whole = try Program.run(["account", "epsilon", "--json"] + common).decoded(Answer.self)
        #expect(points.last?.epsilon == whole.epsilon)
        let lines = try Program.run(["account", "curve", "--points", "7"] + common).output.split(separator: "\n")
        #expect(lines.count == 8 && lines[0] == "steps,epsilon,lower,upper,kind")
    }

    @Test("warns on standard error of a delta that is not below one over the records")
    func delta() throws {
        let common = ["account", "epsilon", "--sigma", "1", "--rate", "0.01", "--steps", "10", "--json"]
        let loud = try Program.run(common + ["--delta", "1e-3", "--records", "1000"])
        #expect(loud.status == 0 && loud.errorLines.count == 1 && loud.errors.hasPrefix("penumbra: warning: delta"))
        _ = try loud.decoded(Answer.self)
        let quiet = try Program.run(common + ["--delta", "1e-4", "--records", "1000"])
        #expect(quiet.status == 0 && quiet.errors.isEmpty)
    }
}
