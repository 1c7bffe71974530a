public import Models
public import Statistics
package import ThreatModel

/// Whether a stolen clone leaks what its victim leaks: the victim's own members, though it never saw them, or saw them
/// only as queries.
///
/// The same simple score is read from the victim, the clone and a control, which was trained without the victim; all
/// candidates and the truth are the victim's.
/// - Source: Jagielski, Nasr, Choquette-Choo, Lee and Carlini, "Students parrot their teachers", NeurIPS 2023, who ask
///   it of distillation.
/// - Deviation: one fixed score, where they calibrate with shadow models.
public struct InheritedLeakage: Codable, Sendable, Equatable {
    /// What one model gives away of the victim's members.
    public struct Leak: Codable, Sendable, Equatable {
        /// The area under the ROC curve.
        public var auc: Estimate
        /// The true-positive rate at a false-positive rate of 1 %.
        public var atOnePercent: OperatingPoint
        /// The mean exposure of the victim's canaries, by how often each was planted; `nil` without canaries.
        public var exposures: [Exposure]?
    }

    /// The exposure of the canaries that were planted equally often.
    public struct Exposure: Codable, Sendable, Equatable {
        /// How often.
        public var insertions: Int
        /// The mean in bits.
        public var bits: Estimate
    }

    /// What the numbers say, at their confidence.
    public enum Verdict: String, Codable, Sendable {
        /// The clone's area is above the control's: something of the victim's members came with it.
        case inherited
        /// The interval of the difference reaches 0 or below; that does not prove that nothing came.
        case notShown = "not shown"
        /// The interval of the victim's own area reaches one half, so that there is nothing to inherit.
        case nothingToInherit = "nothing to inherit"
    }

    /// Planted secrets of a language model.
    public struct Canaries: Sendable {
        /// The secrets, as windows of one length.
        public var planted: Records
        /// Secrets of the same format that were not planted.
        public var alternatives: Records
        /// How often each was planted; every number at least twice.
        public var insertions: [Int]

        /// Creates planted secrets.
        public init(planted: Records, alternatives: Records, insertions: [Int]) {
            (self.planted, self.alternatives, self.insertions) = (planted, alternatives, insertions)
        }
    }

    /// The score.
    public var signal: String
    /// The victim's members among the candidates.
    public var members: Int
    /// The other candidates.
    public var nonMembers: Int
    /// What the victim gives away.
    public var victim: Leak
    /// What the clone gives away.
    public var clone: Leak
    /// What a model gives away that was trained on the same public records without the victim.
    public var control: Leak
    /// The clone's area minus the control's; the scores are of the same candidates, and that is made use of.
    public var excess: Estimate
    /// What that says.
    public var verdict: Verdict
}

extension MembershipGame {
    /// Compares what the victim, its clone and a control give away of the victim's members.
    ///
    /// - Parameters:
    ///   - victim: the victim.
    ///   - clone: the model that was stolen from it.
    ///   - control: the victim's architecture, trained on the same public records without the victim.
    ///   - candidates: those of this game.
    ///   - signal: the score; `nil` for the one of their family that is taken when none is named, if all three have it.
    ///   - canaries: the victim's planted secrets, if it has any and all three are language models.
    ///   - confidence: of every interval, in (0, 1).
    /// - Returns: the leaks of all three, and whether the clone inherits.
    /// - Throws: ``ThreatModelError`` when the three have no score in common, `StatisticsError` when the scores cannot be
    ///   graded.
    package func inheritedLeakage(
        victim: Model, clone: Model, control: Model, candidates: Records, signal: Signal? = nil,
        canaries: InheritedLeakage.Canaries? = nil, confidence: Double = 0.95
    ) throws -> InheritedLeakage {
        let signal = try signal ?? .common(to: [victim, clone, control])
        func scores(_ model: Model) throws -> [Double] {
            signal.oriented(try signal.values(of: model, on: candidates))
        }
        func leak(_ model: Model, _ roc: ROC) throws -> InheritedLeakage.Leak {
            InheritedLeakage.Leak(
                auc: roc.aucEstimate(confidence: confidence),
                atOnePercent: roc.operatingPoint(atFalsePositiveRate: 0.01, confidence: confidence),
                exposures: try canaries?.exposures(of: model))
        }
        let (own, cloned, other) = (try scores(victim), try scores(clone), try scores(control))
        let (first, second, third) = (try roc(own), try roc(cloned), try roc(other))
        let excess = try areaDifference(cloned, minus: other, isMember: isMember, confidence: confidence)
        let leaks = first.aucEstimate(confidence: confidence).interval.lower > 0.5
        return InheritedLeakage(
            signal: signal.rawValue, members: first.members, nonMembers: first.nonMembers,
            victim: try leak(victim, first), clone: try leak(clone, second), control: try leak(control, third),
            excess: excess, verdict: !leaks ? .nothingToInherit : excess.interval.lower > 0 ? .inherited : .notShown)
    }

    private func roc(_ scores: [Double]) throws(StatisticsError) -> ROC { try ROC(scores: scores, isMember: isMember) }
}

extension InheritedLeakage.Canaries {
    /// The mean exposure of each number of insertions.
    fileprivate func exposures(of model: Model) throws -> [InheritedLeakage.Exposure] {
        let losses = CanaryLosses(
            canaries: try Signal.tokenLoss.values(of: model, on: planted),
            alternatives: try Signal.tokenLoss.values(of: model, on: alternatives))
        return try MemorisationGame(insertions: insertions, candidates: planted, secret: []).exposures(losses)
            .map { InheritedLeakage.Exposure(insertions: $0.insertions, bits: $0.exposure) }
    }
}

extension Signal {
    /// The score that all models have and that is taken when none is named: the last of ``all(of:)`` that they share, so
    /// draws where a GAN is among them.
    ///
    /// A discriminator's logit is no score of the generator, and a clone's discriminator is not the victim's.
    fileprivate static func common(to models: [Model]) throws(ThreatModelError) -> Signal {
        let families = models.map(\.architecture.family)
        let common = (families.first.map(Signal.all(of:)) ?? []).filter { signal in
            signal != .discriminatorLogit && families.allSatisfy { Signal.all(of: $0).contains(signal) }
        }
        guard let signal = common.last else {
            throw .mismatch(
                "expected models with a score in common, found \(families.joined(separator: ", ")); name a signal")
        }
        return signal
    }
}
