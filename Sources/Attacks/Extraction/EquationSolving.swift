import Autograd
import Models
import RealModule
public import Tensors
public import ThreatModel
public import Training

/// Solves for the weights of a softmax regression: one query more than there are inputs tells them all.
///
/// ln(p_c/p_0) is affine in the record, so the origin tells the biases and a step along each input its weights.
/// - Source: Tramèr, Zhang, Juels, Reiter and Ristenpart, "Stealing machine learning models via prediction APIs",
///   USENIX Security 2016.
/// - Deviation: the queries are the origin and a step along each input, where the paper draws them; that system needs no
///   solving and magnifies no rounding. Some queries more check that the answers are affine at all.
public struct EquationSolving: TheftAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "equation-solving", summary: "The weights of a softmax regression from inputs + 1 answers.",
        paper: "Tramèr et al., USENIX Security 2016", families: ["classifier"], access: "probabilities",
        knowledge: "none", queries: "inputs + 1, and 'checks' more",
        deviations: "steps along the inputs instead of random queries; checks that the answers are affine")

    /// The step along each input.
    public var step: Double
    /// The random records in [0, 1] on which what was solved is compared with answers; 0 for no comparison.
    public var checks: Int
    /// The most that a probability may be off in a comparison.
    public var tolerance: Double

    /// Creates the attack.
    public init(step: Double = 1, checks: Int = 16, tolerance: Double = 0.01) {
        precondition(step > 0 && checks >= 0 && tolerance > 0, "step \(step), \(checks) checks to \(tolerance)")
        (self.step, self.checks, self.tolerance) = (step, checks, tolerance)
    }

    /// Creates the attack with `step` (1), `checks` (16) and `tolerance` (0.01).
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        step = try settings.number("step", in: 1e-3...1000, default: 1)
        checks = try settings.integer("checks", in: 0...100_000, default: 16)
        tolerance = try settings.number("tolerance", in: 1e-6...1, default: 0.01)
    }

    /// Creates the attack; it solves for its weights and trains no student.
    public init(_ settings: inout AttackSettings, student: Recipe) throws(AttackSettingsError) {
        try self.init(&settings)
    }

    /// Returns the regression as a classifier without hidden layers.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier, its answers are not finite or not those of a
    ///   softmax regression, or the budget is exhausted.
    public func run(
        against victim: Predictions, knowing knowledge: Knowledge, random: RandomStream
    ) throws -> [Surrogate] {
        guard let width = try victim.width else {
            throw ThreatModelError.missingKnowledge("the width of the victim's records", attack: Self.card.id)
        }
        var queries = Tensor.zeros([width + 1, width])
        for input in 0..<width { queries[(input + 1) * width + input] = Float(step) }
        let answers = try Self.finite(victim.probabilities(Records(features: queries)))
        let model = solved(answers, width: width)
        if checks > 0 { try check(model, victim, random["checks"].uniformTensor([checks, width])) }
        return [Surrogate(budget: width + 1 + checks, model: model)]
    }

    /// Probabilities, all of them numbers: one that is none would pass every comparison.
    private static func finite(_ answers: Tensor) throws(ThreatModelError) -> Tensor {
        guard let strange = answers.values.first(where: { !$0.isFinite }) else { return answers }
        throw .mismatch("equation-solving: expected probabilities, found \(strange); choose another attack")
    }

    /// The regression that answers to the origin and to the steps belong to.
    private func solved(_ answers: Tensor, width: Int) -> Model {
        let classes = answers.columns
        let logits = (0...width).map { Self.logits(answers.row($0)) }
        var weights: [Float] = []
        for category in 0..<classes {
            weights += (1...width).map { Float((logits[$0][category] - logits[0][category]) / step) }
        }
        var parameters = Parameters()
        parameters["body.0.weight"] = Tensor(weights, shape: [classes, width])
        parameters["body.0.bias"] = Tensor(logits[0].map { Float($0) })
        return Model(.classifier(Classifier(inputs: width, hidden: [], classes: classes)), parameters)
    }

    /// ln(p_c/p_0) of each class; a probability of zero, which rounding leaves, counts as 10⁻⁹.
    private static func logits(_ probabilities: [Float]) -> [Double] {
        let logarithms = probabilities.map { Double.log(max(Double($0), 1e-9)) }
        return logarithms.map { $0 - logarithms[0] }
    }

    private func check(_ model: Model, _ victim: Predictions, _ records: Tensor) throws {
        let (found, expected) = try (
            model.answers(Records(features: records)), Self.finite(victim.probabilities(Records(features: records)))
        )
        let worst = zip(found.values, expected.values).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
        guard worst <= tolerance else {
            throw ThreatModelError.mismatch(
                "expected the answers of a softmax regression, found probabilities that differ from it by \(worst): the "
                    + "classifier has a hidden layer, or its answers are rounded; choose another attack, or set "
                    + "'checks' to 0 to solve all the same")
        }
    }
}
