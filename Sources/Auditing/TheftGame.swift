public import Models
public import Tensors
public import ThreatModel

/// The game of theft: it holds the victim itself, and records that neither victim nor student was trained on.
public struct TheftGame: Sendable {
    /// What was stolen, with what it takes to compare it.
    public enum Kind: Sendable {
        /// The classes of records.
        case classes
        /// The distribution of the next token.
        case languageModel
        /// The codes of records; a probe for their classes is fitted to labelled records, if there are any.
        case encoder(probe: Records?)
        /// Draws of a generator, so many of them, in the features of a judge.
        case generator(judge: SampleJudge, samples: Int, random: RandomStream)

        /// Its name in a grade.
        public var name: String {
            switch self {
            case .classes: "classes"
            case .languageModel: "language model"
            case .encoder: "encoder"
            case .generator: "generator"
            }
        }
    }

    /// A model that asked the victim nothing.
    public enum Control: Sendable {
        /// The student's architecture with fresh parameters.
        case untrained(Model)
        /// The victim's architecture, trained without the victim on so many of the adversary's public records, with the
        /// labels that they come with.
        ///
        /// What a clone of as many answers is better by is what the theft brought.
        case independent(Model, records: Int)

        /// Its name in a grade.
        public var name: String {
            switch self {
            case .untrained: "untrained"
            case .independent(_, let records): "independent of \(records) records"
            }
        }

        var model: Model {
            switch self {
            case .untrained(let model), .independent(let model, _): model
            }
        }

        var records: Int? {
            if case .independent(_, let records) = self { records } else { nil }
        }
    }

    private let victim: Model
    private let heldOut: Records
    private let kind: Kind

    /// Starts a game with the victim and the records of the comparison.
    package init(victim: Model, heldOut: Records, kind: Kind) {
        (self.victim, self.heldOut, self.kind) = (victim, heldOut, kind)
    }

    /// Grades the students of one attack.
    ///
    /// - Parameters:
    ///   - surrogates: one per budget, in any order.
    ///   - controls: models that asked the victim nothing.
    ///   - tariff: what the queries cost, if anybody names a price.
    /// - Returns: the same measures of each student, of each control and of the victim itself.
    /// - Throws: ``ThreatModelError`` without held-out records, when a model is of another kind than the victim, or
    ///   answers about records of another shape; of encoders also `StatisticsError` for fewer than four records, and for
    ///   codes that do not vary or are not finite.
    public func grade(_ surrogates: [Surrogate], controls: [Control], tariff: Tariff? = nil) throws -> TheftGrade {
        guard heldOut.count > 0 else {
            throw ThreatModelError.mismatch(
                "expected records that neither victim nor student was trained on, to compare them on, found none; leave "
                    + "some candidates out of the victim's training")
        }
        let yardstick = try yardstick()
        return TheftGrade(
            kind: kind.name, space: yardstick.space, heldOut: heldOut.count, victim: try yardstick.measures(of: victim),
            controls: try controls.map {
                .init(name: $0.name, records: $0.records, measures: try yardstick.measures(of: $0.model))
            },
            rows: try surrogates.sorted { $0.budget < $1.budget }.map { surrogate in
                TheftGrade.Row(
                    queries: surrogate.budget, tokens: surrogate.tokens,
                    price: tariff?.price(of: QueryCost(queries: surrogate.budget, tokens: surrogate.tokens)),
                    measures: try yardstick.measures(of: surrogate.model))
            }, currency: tariff?.currency)
    }

    private func yardstick() throws -> any TheftYardstick {
        switch kind {
        case .classes: try ClassFidelity(victim, heldOut)
        case .languageModel: try TokenFidelity(victim, heldOut)
        case .encoder(let probe): try CodeFidelity(victim, heldOut, probe: probe)
        case .generator(let judge, let samples, let random):
            try SampleFidelity(victim, heldOut, judge, samples: samples, random)
        }
    }
}

/// What compares a model with the victim.
protocol TheftYardstick {
    /// Which features distances are measured in.
    var space: String? { get }
    /// Compares a model with the victim, which may be the victim itself.
    func measures(of model: Model) throws -> [Measure]
}

extension TheftYardstick {
    var space: String? { nil }
}
