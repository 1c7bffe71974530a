public import Accounting
import Autograd
import Foundation
public import Mechanisms
public import Models
public import Tensors

/// Teachers on disjoint shards of the private records, of which only the labels that they give public queries are kept.
///
/// The labels are as private as the records. They leave through ``answers(by:atMost:noise:)``.
///
/// - Source: Papernot and others 2017, <https://arxiv.org/abs/1610.05755>; 2018, <https://arxiv.org/abs/1802.08908>.
public struct TeacherEnsemble: Sendable {
    private let labels: [[Int32]]
    private let classes: Int
    /// The number of queries.
    public let queries: Int
    /// How well each teacher does, as the caller measured it; private too.
    public let quality: [Double]

    /// Which records each teacher is given: a random partition into parts whose sizes differ by one at most.
    ///
    /// It depends on the number of records only, which is public: replacing a record changes one shard.
    /// - Precondition: `teachers` is from 1 to `count`.
    public static func shards(of count: Int, teachers: Int, _ random: RandomStream) -> [[Int]] {
        precondition((1...max(count, 1)).contains(teachers), "\(teachers) teachers for \(count) records")
        let order = random.permutation(count)
        return (0..<teachers).map { Array(order[$0 * count / teachers..<($0 + 1) * count / teachers]) }
    }

    /// Trains the teachers one after another and asks each about all queries.
    ///
    /// - Parameters:
    ///   - recipe: How a teacher, a classifier, is trained; without privacy.
    ///   - records: The private records.
    ///   - teachers: The number of teachers.
    ///   - queries: Public records; their labels are not read.
    ///   - random: The stream of the partition and of every teacher's training.
    ///   - observer: Told of every teacher; its checkpoint holds the labels of the teachers that are done.
    ///   - quality: What to measure of each teacher.
    /// - Throws: what the observer throws.
    public init(
        _ recipe: Recipe, on records: Records, teachers: Int, queries: Records, random: RandomStream,
        observer: TrainingObserver = TrainingObserver(), quality: (Model) -> Double = { _ in 0 }
    ) throws {
        guard case .classifier(let network) = recipe.architecture else {
            preconditionFailure("a teacher is a classifier, not a \(recipe.architecture.family)")
        }
        precondition(recipe.privacy == nil, "teachers are trained without noise; their votes get it")
        let shards = Self.shards(of: records.count, teachers: teachers, random["shards"])
        var done = try observer.restore().map { try JSONDecoder().decode(Checkpoint.self, from: $0) } ?? Checkpoint()
        var lastSave = ContinuousClock.now
        while done.labels.count < teachers {
            let teacher = done.labels.count
            let trained = try recipe.train(on: records.gather(shards[teacher]), random: random["teacher"][teacher])
            let logits = evaluate(trained.model.parameters, on: queries) { bound, batch in
                network.logits(bound.tape.constant(batch.requiredFeatures), bound)
            }
            done.labels.append(queries.count > 0 ? logits.rowArgmax() : [])
            done.quality.append(quality(trained.model))
            observer.progress(Double(teacher + 1) / Double(teachers))
            if lastSave.duration(to: .now) > observer.interval, teacher + 1 < teachers {
                try observer.save(try JSONEncoder().encode(done))
                lastSave = .now
            }
        }
        (labels, classes, self.queries, self.quality) = (done.labels, network.classes, queries.count, done.quality)
    }

    private struct Checkpoint: Codable {
        var labels: [[Int32]] = []
        var quality: [Double] = []
    }

    /// Asks about the queries in their order until so many are answered.
    ///
    /// - Parameters:
    ///   - aggregation: How votes become an answer.
    ///   - most: The number of answers after which no more questions are asked.
    ///   - noise: The source for each query, by its number.
    /// - Returns: The answers with what they cost.
    /// - Throws: ``AccountingError`` for impossible noise.
    public func answers(
        by aggregation: NoisyMaximum, atMost most: Int = .max, noise: (Int) -> NoiseSource
    ) throws(AccountingError) -> NoisyLabels {
        var result = try NoisyLabels()
        for query in 0..<queries where result.labels.count < most {
            let votes = TeacherVotes(labels.map { $0[query] }, classes: classes)
            let answer = try aggregation.answer(votes, noise: noise(query))
            result.asked += 1
            try result.ledger.record(answer.event)
            for outcome in answer.sensitive { result.sensitive.compose(outcome) }
            guard let label = answer.label else { continue }
            result.queries.append(query)
            result.labels.append(label)
        }
        return result
    }
}

/// What the teachers answered, and what it cost.
public struct NoisyLabels: Sendable {
    /// The numbers of the queries that were answered.
    public fileprivate(set) var queries: [Int] = []
    /// The answer to each of them.
    public fileprivate(set) var labels: [Int32] = []
    /// How many queries were asked.
    public fileprivate(set) var asked = 0
    /// What happened to the private records.
    public fileprivate(set) var ledger = PrivacyLedger()
    /// What it cost on these records: as private as they are.
    public fileprivate(set) var sensitive: DataDependentAccountant

    init() throws(AccountingError) { sensitive = try DataDependentAccountant() }

    /// What a student is trained on: the queries that were answered, with the answers for labels.
    public func student(of asked: Records) -> Records {
        Records(features: asked.requiredFeatures.gatherRows(queries), labels: labels)
    }
}
