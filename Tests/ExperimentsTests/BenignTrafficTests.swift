import Auditing
import Foundation
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@testable import Experiments

@Suite("Benign traffic")
struct BenignTrafficTests {
    private static let yaml = TinyTheft.classifier("attack: knock-off, budgets: [10]")

    private func traffic(_ service: String, _ yaml: String = yaml, queries: Int = 1000) throws -> BenignTraffic {
        let (victim, model) = try TinyTheft.victim(yaml)
        return BenignTraffic(victim: victim, model: model, spec: try TinyTheft.service(service), queries: queries)
    }

    /// Measures by name.
    private func measures(_ service: String, _ yaml: String = yaml) throws -> [String: Measure] {
        Dictionary(uniqueKeysWithValues: try traffic(service, yaml).measures().map { ($0.name, $0) })
    }

    @Test("Users are told about records that the victim was not trained on; without a defence nothing is lost")
    func undefended() throws {
        let traffic = try traffic("{monitors: [prada]}")
        let (victim, model) = (traffic.victim, traffic.model)
        let others = victim.split.candidates.gather(victim.membership.indices.filter { !victim.membership[$0] })
        let right = zip((try model.answers(others)).rowArgmax(), others.labels ?? []).count { $0 == $1 }
        let found = try measures("{monitors: [prada]}")
        let accuracy = try #require(found["accuracy of benign answers"])
        #expect(accuracy.value == Double(right) / Double(others.count) && accuracy.value > 0.3)
        #expect(accuracy.control == accuracy.value && accuracy.controlName == "undefended")
        #expect(found["distance of benign answers"]?.value == 0)
    }

    @Test("Labels alone keep the accuracy, and are as far from the probabilities as the largest is from one")
    func labels() throws {
        let traffic = try traffic("{defences: [labels-only]}")
        let (victim, model) = (traffic.victim, traffic.model)
        let others = victim.split.candidates.gather(victim.membership.indices.filter { !victim.membership[$0] })
        let own = try model.answers(others)
        let missing = (0..<own.rows).reduce(0.0) { $0 + 1 - Double(own.row($1).max() ?? 0) } / Double(own.rows)
        let found = try measures("{defences: [labels-only]}")
        let accuracy = try #require(found["accuracy of benign answers"])
        #expect(accuracy.value == accuracy.control)
        #expect(abs((found["distance of benign answers"]?.value ?? 0) - missing) < 1e-5)
        #expect(found.count == 2, "without monitors there are no false alarms")
    }

    @Test("Much noise costs users the right class")
    func noise() throws {
        let found = try measures("{defences: [{noise: 2}]}")
        let accuracy = try #require(found["accuracy of benign answers"])
        #expect(accuracy.value < (accuracy.control ?? 0) - 0.05)
        #expect((found["distance of benign answers"]?.value ?? 0) > 0.1)
    }

    @Test("False alarms are counted by the account; nothing is said of a monitor that speaks later than they are long")
    func falseAlarms() throws {
        let found = try measures("{monitors: [novelty, prada]}")
        let rate = try #require(found["false alarms of novelty"])
        #expect(rate.unit.hasPrefix("of 10 benign accounts of 2"))
        #expect(
            rate.interval == .clopperPearson(successes: Int((rate.value * 10).rounded()), trials: 10, confidence: 0.95))
        // Who asks about the victim's own kind of records is not novel to it.
        #expect(rate.value <= 0.5)
        #expect(found["false alarms of prada"] == nil)
    }

    @Test("Benign accounts are as long as the thief's, or as the records reach")
    func length() throws {
        let short = try traffic("{monitors: [novelty]}", queries: 9).measures()
        #expect(short.contains { $0.unit == "of 10 benign accounts of 9 queries" }, "\(short)")
        let none = try traffic("{monitors: [novelty]}", queries: 1).measures()
        #expect(none.count == 2)
    }

    @Test("Twice gives the same")
    func deterministic() throws {
        let traffic = try traffic("{defences: [{noise: 0.3}], monitors: [novelty, prada]}")
        #expect(try traffic.measures() == traffic.measures())
    }
}
