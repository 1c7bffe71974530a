import Datasets
import Models
public import Tensors
public import ThreatModel

/// Compares the victim's loss on a text with its loss on texts that differ in few tokens: a member lies in a hollow.
///
/// A neighbour has `swaps` of its predicted tokens replaced. Places are drawn without repetition, and then from left to
/// right each gets a token other than its own, drawn in proportion to how well a bigram model of the population finds
/// it fits between its two neighbours. Draws are addressed by the record's tokens: equal records have equal neighbours.
///
/// - Source: Mattern et al., "Membership Inference Attacks against Language Models via Neighbourhood Comparison",
///   Findings of ACL 2023.
/// - Deviation: a bigram model proposes tokens, where the paper asks BERT for words, and proposals are drawn, not
///   ranked; the paper takes the likeliest ones.
public struct Neighbourhood: MembershipAttack {
    /// The catalogue's entry.
    public static let card = AttackCard(
        id: "neighbourhood", summary: "The mean loss on slightly changed texts minus the loss on the text.",
        paper: "Mattern et al., Findings of ACL 2023", families: ["transformer"], access: "scores",
        knowledge: "candidates, population", queries: "1 per candidate and neighbour",
        deviations: "a bigram model of the population proposes tokens instead of BERT; proposals are drawn")

    /// How many neighbours each record has.
    public var neighbours: Int
    /// How many tokens of a neighbour are other ones.
    public var swaps: Int

    /// Creates the attack.
    public init(neighbours: Int = 25, swaps: Int = 1) {
        precondition(neighbours > 0 && swaps > 0, "\(neighbours) neighbours by \(swaps) swaps")
        (self.neighbours, self.swaps) = (neighbours, swaps)
    }
    /// Creates the attack with `neighbours`, 25 by default, and `swaps`, 1 by default.
    public init(_ settings: inout AttackSettings) throws(AttackSettingsError) {
        neighbours = try settings.integer("neighbours", in: 1...10_000, default: 25)
        swaps = try settings.integer("swaps", in: 1...100_000, default: 1)
    }

    /// Returns the mean of the neighbours' losses minus the record's own, per record.
    ///
    /// - Parameters:
    ///   - losses: of the records, [C].
    ///   - neighbours: of their neighbours, [neighbours][C].
    /// - Returns: the scores, [C].
    /// - Throws: ``ThreatModelError/mismatch(_:)`` when there is no neighbour or one is of other records.
    public static func scores(losses: [Double], neighbours: [[Double]]) throws(ThreatModelError) -> [Double] {
        guard !neighbours.isEmpty, neighbours.allSatisfy({ $0.count == losses.count }) else {
            throw .mismatch(
                "losses of \(losses.count) records and neighbours of \(neighbours.map(\.count)); expected at least one "
                    + "neighbour of each record")
        }
        return losses.indices.map { record in
            neighbours.reduce(0) { $0 + $1[record] } / Double(neighbours.count) - losses[record]
        }
    }

    /// Returns a text with some tokens after its first replaced; fewer when it has fewer, none when the model knows no
    /// other token.
    static func neighbour(
        of text: [Int32], swaps: Int, proposals: BigramModel, _ random: RandomStream
    ) -> [Int32] {
        var changed = text
        let places = random["places"].permutation(max(text.count - 1, 0)).prefix(swaps).map { $0 + 1 }
        for place in places.sorted() {
            var weights = proposals.weights(
                between: changed[place - 1], and: place + 1 < text.count ? changed[place + 1] : nil)
            if let own = proposals.tokens.firstIndex(of: text[place]) { weights[own] = 0 }
            var left = random["token"].uniform(place) * weights.reduce(0, +)
            // Rounding may carry the draw past the end; then the last possible token is meant.
            let drawn = weights.indices.last { weights[$0] > 0 }.map { last in
                weights.indices.first { index in
                    left -= weights[index]
                    return left < 0 && weights[index] > 0
                } ?? last
            }
            if let drawn { changed[place] = proposals.tokens[drawn] }
        }
        return changed
    }

    /// Plays against the victim.
    ///
    /// - Complexity: 1 + `neighbours` queries per candidate; O(vocabulary) per swap besides.
    public func run(against victim: Scores, knowing knowledge: Knowledge, random: RandomStream) throws
        -> MembershipScores
    {
        let (candidates, population) = (knowledge.candidates, try knowledge.requiredPopulation(Self.card.id))
        let losses = try victim.values(.tokenLoss, of: candidates)
        let proposals = BigramModel(tokens: population.tokens, window: population.window)
        let texts = candidates.texts
        let streams = texts.map { $0.reduce(random["neighbours"]) { $0[Int($1)] } }
        let others = try (0..<neighbours).map { index in
            let changed = zip(texts, streams).flatMap {
                Self.neighbour(of: $0, swaps: swaps, proposals: proposals, $1[index])
            }
            return try victim.values(.tokenLoss, of: Records(tokens: changed, window: candidates.window))
        }
        return MembershipScores(try Self.scores(losses: losses, neighbours: others))
    }
}
