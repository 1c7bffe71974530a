package import Models
import RealModule
public import Statistics
public import ThreatModel

/// Exposure: how many bits a model gives away of a secret that was drawn from a known space.
///
/// - Source: Carlini et al., USENIX Security 2019.
public enum Exposure {
    /// The exposure of a canary that is the `rank`-th likeliest (1 is first) of a space of `spaceSize` secrets.
    public static func exact(rank: Int, spaceSize: Int) -> Double {
        .log2(Double(spaceSize)) - .log2(Double(rank))
    }

    /// The rank of a loss among the losses of the whole space, which hold it: 1 + how many are lower.
    public static func rank(of loss: Double, among space: [Double]) -> Int { 1 + space.count { $0 < loss } }

    /// The exposure estimated from a sample of alternatives, in bits: −log₂((1 + #{not above}) / (n + 1)).
    ///
    /// It ends at log₂(n + 1); the mean for a secret that was not planted is near 1/ln 2 = 1.44 bits.
    public static func sampled(_ loss: Double, alternatives: [Double]) -> Double {
        let notAbove = alternatives.count { $0 <= loss }
        return .log2(Double(alternatives.count + 1)) - .log2(Double(1 + notAbove))
    }
}

/// The games of memorisation: it alone knows how often each canary was planted, and how each record goes on.
public struct MemorisationGame: Sendable {
    private let insertions: [Int]
    private let candidates: Records
    private let secret: [Bool]

    /// Starts a game.
    package init(insertions: [Int], candidates: Records, secret: [Bool]) {
        (self.insertions, self.candidates, self.secret) = (insertions, candidates, secret)
    }

    /// The mean exposure of the canaries of each number of insertions, with Student's 95 % interval.
    ///
    /// - Throws: ``StatisticsError`` when a level has fewer than two canaries.
    public func exposures(_ evidence: CanaryLosses) throws(StatisticsError) -> [(insertions: Int, exposure: Estimate)] {
        let bits = evidence.canaries.map { Exposure.sampled($0, alternatives: evidence.alternatives) }
        var results: [(insertions: Int, exposure: Estimate)] = []
        for level in Set(insertions).sorted() {
            let own = bits.indices.filter { insertions[$0] == level }.map { bits[$0] }
            results.append((level, try meanInterval(own, confidence: 0.95)))
        }
        return results
    }

    /// How many tokens of the true continuation were met before the first miss, and how often all of them.
    public func grade(_ evidence: TextContinuations) -> [Measure] {
        func matches(_ isMember: Bool) -> [Int] {
            evidence.candidates.indices.filter { secret[evidence.candidates[$0]] == isMember }.map { index in
                let start = evidence.candidates[index] * candidates.window + evidence.prefix
                return zip(evidence.tokens[index], candidates.tokens[start...]).prefix { $0 == $1 }.count
            }
        }
        let (members, others) = (matches(true), matches(false))
        let length = evidence.tokens.first?.count ?? 0
        func mean(_ counts: [Int]) -> Double { Double(counts.reduce(0, +)) / Double(max(counts.count, 1)) }
        let complete = members.count { $0 == length }
        return [
            Measure(
                name: "tokens continued exactly", value: mean(members), unit: "of \(length)", control: mean(others),
                controlName: "non-members"),
            Measure(
                name: "records continued to the end", value: Double(complete) / Double(max(members.count, 1)), unit: "",
                interval: .clopperPearson(successes: complete, trials: max(members.count, 1), confidence: 0.95),
                control: Double(others.count { $0 == length }) / Double(max(others.count, 1)),
                controlName: "non-members"),
        ]
    }
}
