import Accounting
import Auditing
import Foundation
import Mechanisms
import Models
import Tensors
import Training

/// Private aggregation of teacher ensembles: the victim is the student, and learns from noisy votes alone.
public struct PATESpec: Codable, Sendable, Equatable {
    /// The number of teachers, on disjoint shards of the members.
    public var teachers: Int
    /// How many records of the population are asked about.
    public var queries: Int
    /// The number of answers after which no more are asked; all queries when absent.
    public var answers: Int?
    /// The deviation of the noise on each class's votes.
    public var sigma: Double
    /// The noisy number of votes below which a query is not answered; absent to answer all.
    public var threshold: Double?
    /// The deviation of the noise of that check.
    public var thresholdSigma: Double?
    /// The probability with which the bound may fail.
    public var delta: Double
    /// How each teacher is trained.
    public var teacherTraining: TrainingSpec

    enum CodingKeys: String, CodingKey, CaseIterable {
        case teachers, queries, answers, sigma, threshold, thresholdSigma, delta, teacherTraining
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        teachers = try fields.number(.teachers, in: 2...100_000)
        queries = try fields.number(.queries, in: 1...10_000_000)
        answers = try fields.optional(.answers, in: 1...queries)
        sigma = try fields.number(.sigma, in: 0.01...1e6)
        threshold = try fields.optional(.threshold, in: 0...1e6)
        thresholdSigma = try fields.optional(.thresholdSigma, in: 0.01...1e6)
        delta = try fields.number(.delta, in: 1e-12...0.1)
        teacherTraining = try fields.required(.teacherTraining)
        if (threshold == nil) != (thresholdSigma == nil) {
            throw fields.fail(
                threshold == nil ? .thresholdSigma : .threshold,
                "threshold and thresholdSigma belong together; give both or neither")
        }
        if answers != nil, threshold == nil {
            throw fields.fail(.answers, "without a threshold every query is answered; lower queries instead")
        }
    }

    /// The aggregation of votes.
    var aggregation: NoisyMaximum {
        NoisyMaximum(
            sigma: sigma,
            threshold: threshold.flatMap { votes in thresholdSigma.map { .init(votes: votes, sigma: $0) } })
    }

    /// What the whole protocol may do to the members, fixed before the first question.
    var event: PrivacyEvent { aggregation.event(queries: queries, answers: answers ?? queries) }

    /// Checks a victim that is a student.
    func check(_ victim: VictimSpec) throws {
        guard victim.model.family == .classifier else {
            throw SpecError(
                "victims: '\(victim.id)': pate: expected a classifier, found a \(victim.model.family.rawValue)")
        }
        guard victim.privacy == nil, victim.federated == nil, victim.canaries == nil else {
            throw SpecError(
                "victims: '\(victim.id)': pate: a student has no privacy, federated or canaries of its own; remove them"
            )
        }
    }
}

extension ResolvedVictim {
    /// Checks the numbers of records that a student needs.
    func checkPATE() throws {
        guard let pate = spec.pate else { return }
        guard pate.queries <= split.population.count else {
            throw SpecError(
                "victims: '\(spec.id)': pate.queries: expected at most the \(split.population.count) records of the "
                    + "population, found \(pate.queries); ask fewer or raise \(spec.data.rawValue).population")
        }
        guard pate.teachers <= training.count else {
            throw SpecError(
                "victims: '\(spec.id)': pate.teachers: expected at most one per member, \(training.count), found "
                    + "\(pate.teachers)")
        }
        try pate.teacherTraining.check("victims: the teachers' training of '\(spec.id)'", recipe.architecture)
    }

    /// The statement of a student's privacy: of the most that may be answered, not of what was.
    func pateStatement(_ pate: PATESpec, _ labels: NoisyLabels) throws -> EpsilonStatement {
        let bound = try statedBound(pate.event, delta: pate.delta)
        let given = try statedBound(labels.ledger.event, delta: pate.delta)
        let lost = try labels.sensitive.epsilon(delta: pate.delta)
        var assumptions = [
            "mechanism": pate.threshold == nil ? "PATE, GNMax" : "PATE, Confident-GNMax",
            "neighbouring relation": "replace one record: one teacher changes, one vote moves",
            "privacy unit": split.finding.record,
            "sampler": "none: every teacher votes on every query",
            "noise multiplier": String(format: "%.4f = σ/√2, σ = %g votes", pate.sigma / 2.0.squareRoot(), pate.sigma),
            "teachers": "\(pate.teachers)",
            "queries": "\(pate.queries) at most, \(labels.asked) asked",
            "answers": "\(pate.answers ?? pate.queries) at most, which epsilon pays for; \(labels.labels.count) given",
            "accountant": bound.accountant,
            "noise": seededNoise,
            "tuning": uncountedTuning,
            "number of records": "\(training.count), treated as public",
            "data-dependent epsilon": String(
                format: "%.4g, Rényi, order %g; \(UnpublishableEpsilon.warning)", lost.epsilon, lost.order),
        ]
        if let threshold = pate.threshold, let sigma = pate.thresholdSigma {
            assumptions["threshold"] = String(format: "%g votes, checked with noise of σ₁ = %g", threshold, sigma)
            assumptions["epsilon of the answers given"] = String(
                format: "%.4g, as papers print it: their number was not fixed beforehand", given.epsilon)
        }
        if pate.delta >= 1 / Double(training.count) {
            assumptions["delta"] = "not below 1/N: the guarantee is weak"
        }
        return EpsilonStatement(epsilon: bound.epsilon, delta: pate.delta, assumptions: assumptions)
    }
}

extension StageContext {
    /// Trains the teachers, aggregates their votes and trains the student on the answers.
    func trainStudent(_ victim: ResolvedVictim, _ pate: PATESpec) throws -> (TrainedModel, TrainingRecord) {
        let queries = victim.split.population.slice(0..<pate.queries)
        let held = victim.split.candidates.gather(victim.membership.indices.filter { !victim.membership[$0] })
        let random = victim.random["pate"]
        let observer = observer("teachers.json", share: 0..<0.9)
        let ensemble = try TeacherEnsemble(
            pate.teacherTraining.recipe(victim.recipe.architecture), on: victim.training, teachers: pate.teachers,
            queries: queries, random: random, observer: observer,
            quality: { SampleJudge($0)?.accuracy(held.requiredFeatures, held.labels ?? []) ?? 0 })
        let answers = try ensemble.answers(by: pate.aggregation, atMost: pate.answers ?? pate.queries) {
            .seeded(random["noise"][$0])
        }
        guard !answers.labels.isEmpty else {
            throw SpecError(
                "victims: '\(victim.spec.id)': pate: not one of \(pate.queries) queries was answered; lower the threshold"
            )
        }
        let student = answers.student(of: queries)
        let trained = try victim.recipe.train(
            on: student, random: victim.random["training"],
            observer: self.observer("training.safetensors", share: 0.9..<1))
        let record = TrainingRecord(
            steps: trained.steps, curves: trained.curves, epsilon: try victim.pateStatement(pate, answers),
            measures: measures(ensemble, answers, queries))
        return (trained, record)
    }

    private func measures(_ ensemble: TeacherEnsemble, _ answers: NoisyLabels, _ queries: Records) -> [Measure] {
        let truth = queries.labels ?? []
        let right = zip(answers.queries, answers.labels).count { truth[$0] == $1 }
        return [
            Measure(
                name: "teachers' accuracy", value: ensemble.quality.reduce(0, +) / Double(ensemble.quality.count),
                unit: "on non-members, mean; epsilon does not cover it"),
            Measure(
                name: "answered queries", value: Double(answers.labels.count) / Double(max(answers.asked, 1)),
                unit: "of those asked"),
            Measure(
                name: "answers' accuracy", value: Double(right) / Double(max(answers.labels.count, 1)),
                unit: "of the noisy labels"),
        ]
    }
}
