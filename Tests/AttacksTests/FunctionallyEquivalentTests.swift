import Autograd
import Models
import Tensors
import Testing

@testable import Attacks
@testable import ThreatModel

@Suite struct FunctionallyEquivalentTests {
    private let random = RandomStream(seed: 75)

    /// A random network with biases.
    private func model(_ inputs: Int = 10, _ hidden: [Int] = [8], _ classes: Int = 3) -> Model {
        let network = Classifier(inputs: inputs, hidden: hidden, classes: classes)
        var parameters = network.initialParameters(random["victim"])
        for name in parameters.names where name.hasSuffix("bias") {
            parameters[name] = random[name].normalTensor(parameters[name].shape, deviation: 0.5)
        }
        return Model(.classifier(network), parameters)
    }

    private func run(
        _ model: Model, _ attack: FunctionallyEquivalent = .init(), _ meter: QueryMeter = QueryMeter()
    ) throws -> OneHiddenLayer {
        try attack.run(
            against: ClassLogits64(to: Victim(model), meter: meter), knowing: TinyLanguageModel.nothing,
            random: random["attack"])
    }

    private func largest(_ matrix: RealMatrix) -> Double { matrix.elements.reduce(0) { max($0, abs($1)) } }

    @Test("A random 10–8–3 network is found again: logits within 10⁻⁶ everywhere, units up to order and scale")
    func recovers() throws {
        let (model, meter) = (model(), QueryMeter())
        let found = try run(model, .init(), meter)
        let victim = try OneHiddenLayer(model)
        let inputs = RealMatrix(random["inputs"].normalTensor([300, 10], deviation: 3))
        let error = largest(found.logits(inputs) - victim.logits(inputs))
        #expect(error < 1e-6, "\(error)")
        #expect(largest(victim.logits(inputs)) > 1)
        #expect(found.hidden.rows == 8)
        // Up to a positive scale: the cosine with its partner is 1, not −1.
        let partners = (0..<8).map { unit -> Int in
            let cosines = (0..<8).map { found.hidden.row(unit).normalised.dot(victim.hidden.row($0).normalised) }
            return cosines.firstIndex { $0 > 1 - 1e-9 } ?? -1
        }
        #expect(partners.sorted() == Array(0..<8))
        #expect(meter.queries > 500 && meter.queries < 5000, "\(meter.queries)")
    }

    @Test("In single precision the rebuilt network is a classifier that gives the same labels")
    func surrogate() throws {
        let model = model()
        let records = Records(features: random["inputs"].uniformTensor([200, 10]))
        let (own, rebuilt) = try (model.answers(records), run(model).model.answers(records))
        #expect(own.rowArgmax() == rebuilt.rowArgmax())
        #expect(Set(own.rowArgmax()).count > 1)
    }

    @Test("Units that no line crosses are noticed")
    func missed() throws {
        let error = #expect(throws: ThreatModelError.self) {
            try run(model(), FunctionallyEquivalent(lines: 1, reach: 1))
        }
        #expect(error?.description.contains("do not explain the logits") == true)
    }

    @Test("Victims of other forms, and queries beyond the budget, are refused")
    func refused() throws {
        for hidden in [[], [8, 8]] {
            let error = #expect(throws: ThreatModelError.self) { try run(model(10, hidden)) }
            #expect(error?.description.contains("one hidden layer") == true)
        }
        let meter = QueryMeter(budget: 100)
        #expect(throws: ThreatModelError.self) { try run(model(), .init(), meter) }
        #expect(meter.queries <= 100)
    }

    @Test("Settings: defaults")
    func settings() throws {
        var none = AttackSettings()
        let attack = try FunctionallyEquivalent(&none)
        #expect(attack.lines == 100 && attack.patience == 5 && attack.reach == 100)
    }
}
