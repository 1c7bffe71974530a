public import Accounting
import Tensors

/// How many teachers voted for each class of one query; the numbers leave only through noise.
///
/// It cannot be copied, and an answer consumes it: a query is answered once, and its event is handed out with it.
public struct TeacherVotes: ~Copyable {
    fileprivate let counts: [Double]

    /// Counts one label per teacher.
    ///
    /// Teachers that were trained on disjoint shards: then replacing one record changes one teacher, and moves one vote.
    /// - Precondition: Labels are in 0..<`classes`.
    public init(_ labels: [Int32], classes: Int) {
        var counts = [Double](repeating: 0, count: classes)
        for label in labels { counts[Int(label)] += 1 }
        self.counts = counts
    }
}

/// The Gaussian aggregation of votes: GNMax, and Confident-GNMax when it has a threshold.
///
/// The histogram of votes changes by 1 in two classes when one record is replaced: by √2 in the Euclidean norm. So
/// noise of deviation σ on every class has the noise multiplier σ/√2, and the largest class is post-processing. The
/// largest number of votes alone changes by 1 at most, so its check has the noise multiplier σ₁.
///
/// - Source: Papernot, Abadi, Erlingsson, Goodfellow and Talwar 2017, <https://arxiv.org/abs/1610.05755>; Papernot and
///   others 2018, <https://arxiv.org/abs/1802.08908>, sections 4.1 and 4.2, and proposition 8 for the Rényi divergence
///   α/σ² of a Gaussian with that multiplier.
public struct NoisyMaximum: Codable, Sendable, Equatable {
    /// The check of a Confident-GNMax.
    public struct Threshold: Codable, Sendable, Equatable {
        /// The largest number of votes, with its noise, that is needed for an answer.
        public var votes: Double
        /// The deviation σ₁ of the noise of the check, in votes.
        public var sigma: Double

        /// Creates a check.
        public init(votes: Double, sigma: Double) {
            precondition(sigma > 0, "noise of \(sigma) votes")
            (self.votes, self.sigma) = (votes, sigma)
        }
    }
    /// The deviation σ of the noise on each class's votes.
    public var sigma: Double
    /// The check before an answer; `nil` to answer every query.
    public var threshold: Threshold?

    /// Creates an aggregation.
    public init(sigma: Double, threshold: Threshold? = nil) {
        precondition(sigma > 0, "noise of \(sigma) votes")
        (self.sigma, self.threshold) = (sigma, threshold)
    }

    /// What became of a query.
    public struct Answer: Sendable {
        /// The noisy winner; `nil` when the teachers did not agree enough.
        public var label: Int32?
        /// What happened to the data, the check included.
        public var event: PrivacyEvent
        /// What it cost on these votes: as private as they are.
        public var sensitive: [LikelyOutcome]
    }

    /// The event of an answer.
    public var answerEvent: PrivacyEvent { .gaussian(noiseMultiplier: sigma / 2.0.squareRoot()) }

    /// The event of the check before an answer; `nil` when every query is answered.
    public var checkEvent: PrivacyEvent? { threshold.map { .gaussian(noiseMultiplier: $0.sigma) } }

    /// Returns the event of asking about `queries` queries and answering `answers` of them at most.
    ///
    /// Which queries are answered depends on the data, their largest number does not: with that, the sum is a guarantee
    /// that stands before the first question.
    public func event(queries: Int, answers: Int) -> PrivacyEvent {
        let answered = PrivacyEvent.repeated(answerEvent, count: min(queries, answers))
        return .composed([answered] + (checkEvent.map { [.repeated($0, count: queries)] } ?? []))
    }

    /// Answers one query with noise of its own.
    ///
    /// - Throws: ``AccountingError`` for a deviation that is not positive and finite.
    public func answer(_ votes: consuming TeacherVotes, noise: NoiseSource) throws(AccountingError) -> Answer {
        var answer = Answer(event: .composed([]), sensitive: [])
        if let threshold, let checkEvent {
            answer.event = checkEvent
            answer.sensitive = [
                try .threshold(votes: votes.counts, threshold: threshold.votes, sigma: threshold.sigma)
            ]
            let drawn = Self.normals(1, threshold.sigma, noise, "threshold")[0]
            guard (votes.counts.max() ?? 0) + drawn >= threshold.votes else { return answer }
        }
        let drawn = Self.normals(votes.counts.count, sigma, noise, "votes")
        let noisy = zip(votes.counts, drawn).map(+)
        answer.label = noisy.indices.max { noisy[$0] < noisy[$1] }.map { Int32($0) }
        answer.sensitive.append(try .noisyMaximum(votes: votes.counts, sigma: sigma))
        answer.event = .composed((checkEvent.map { [$0] } ?? []) + [answerEvent])
        return answer
    }

    private static func normals(_ count: Int, _ sigma: Double, _ noise: NoiseSource, _ purpose: String) -> [Double] {
        var drawn = Tensor.zeros([count])
        noise.addNormals(to: &drawn, deviation: Float(sigma), purpose: purpose)
        return drawn.values.map(Double.init)
    }
}
