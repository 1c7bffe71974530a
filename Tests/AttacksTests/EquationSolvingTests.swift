import Autograd
import Models
import Tensors
import Testing

@testable import Attacks
@testable import ThreatModel

/// A service that rounds probabilities.
private struct Rounded: ModelService {
    let service: LocalService
    let decimals: Float

    func card() throws(ThreatModelError) -> ServiceCard { service.card() }

    func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        guard case .classes(var answers) = try service.answer(query), let told = answers.probabilities else {
            return try service.answer(query)
        }
        answers.probabilities = Tensor(
            told.values.map { ($0 * decimals).rounded() / decimals }, shape: told.shape)
        return .classes(answers)
    }
}

@Suite struct EquationSolvingTests {
    private let random = RandomStream(seed: 76)
    private let attack = EquationSolving(checks: 0)

    private func model(_ hidden: [Int] = []) -> Model {
        let network = Classifier(inputs: 12, hidden: hidden, classes: 4)
        var parameters = network.initialParameters(random["victim"])
        for name in parameters.names where name.hasSuffix("weight") {
            parameters[name] = random[name].normalTensor(parameters[name].shape, deviation: 1)
        }
        return Model(.classifier(network), parameters)
    }

    private func run(_ victim: Victim, _ attack: EquationSolving, _ meter: QueryMeter = QueryMeter()) throws -> Model {
        let found = try attack.run(
            against: Predictions(to: victim, meter: meter), knowing: TinyLanguageModel.nothing,
            random: random["attack"])
        #expect(found.count == 1 && found[0].budget == meter.queries)
        return found[0].model
    }

    /// The largest difference of probabilities, and how many labels agree, on held-out records.
    private func difference(_ a: Model, _ b: Model) throws -> (worst: Float, agreement: Double) {
        let records = Records(features: random["held out"].uniformTensor([500, 12]))
        let (p, q) = try (a.answers(records), b.answers(records))
        let worst = zip(p.values, q.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        return (worst, Double(zip(p.rowArgmax(), q.rowArgmax()).count { $0 == $1 }) / 500)
    }

    @Test("Inputs + 1 queries: every label agrees, probabilities within 10⁻³; the checks cost what they say")
    func exact() throws {
        let (model, meter) = (model(), QueryMeter())
        let found = try difference(run(Victim(model), attack, meter), model)
        #expect(meter.queries == 13)
        #expect(found.agreement == 1 && found.worst < 1e-3, "\(found)")
        let half = try difference(run(Victim(model), EquationSolving(step: 0.5, checks: 0)), model)
        #expect(half.agreement == 1 && half.worst < 1e-3, "\(half)")
        let checked = QueryMeter()
        _ = try run(Victim(model), EquationSolving(), checked)
        #expect(checked.queries == 13 + 16)
    }

    @Test("Answers rounded to two decimals break it, and the checks notice")
    func rounded() throws {
        let model = model()
        let victim = Victim(behind: Rounded(service: LocalService(model), decimals: 100))
        let (exact, broken) = try (
            difference(run(Victim(model), attack), model), difference(run(victim, attack), model)
        )
        #expect(broken.worst > 100 * exact.worst && broken.agreement < exact.agreement, "\(exact) \(broken)")
        #expect(throws: ThreatModelError.self) { try run(victim, EquationSolving()) }
    }

    @Test("Answers that are no numbers are an error, in the queries as in the checks", arguments: [0, 16])
    func notFinite(_ checks: Int) throws {
        let victim = Victim(behind: Rounded(service: LocalService(model()), decimals: .nan))
        let error = #expect(throws: ThreatModelError.self) { try run(victim, EquationSolving(checks: checks)) }
        #expect(error?.description.contains("expected probabilities, found nan") == true)
    }

    @Test("A hidden layer, and a victim that is no classifier, are refused")
    func refused() throws {
        let error = #expect(throws: ThreatModelError.self) { try run(Victim(model([8])), EquationSolving()) }
        #expect(error?.description.contains("softmax regression") == true)
        #expect(throws: ThreatModelError.self) { try run(Victim(TinyLanguageModel.model()), EquationSolving()) }
    }

    @Test("Settings: defaults")
    func settings() throws {
        var none = AttackSettings()
        let attack = try EquationSolving(&none)
        #expect(attack.step == 1 && attack.checks == 16 && attack.tolerance == 0.01)
    }
}
